// The whole way from a folder of videos to a folder of frames worth labelling.
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, writeError } from './base/files.ts';
import type { Failure } from './base/outcome.ts';
import type { Progress } from './base/progress.ts';
import { takeLock } from './base/run-folder.ts';
import { readVersion } from './base/version.ts';
import { trimPool } from './curation/datapool.ts';
import type { CandidateSources } from './curation/frame-candidates.ts';
import { requireRules, rulesOf, type SelectionRules } from './curation/rules.ts';
import { layoutOf, type RunLayout } from './curation/run-folder-layout.ts';
import { RunRecord, type RunStage } from './curation/run-record.ts';
import { givenRules, requestKey } from './curation/run-request.ts';
import {
  type RunState,
  readRunState,
  requireNotFewer,
  requireSameRules,
  writeRunState,
} from './curation/run-state.ts';
import type { SelectedFrame } from './curation/selected-frame.ts';
import { isSelectionThere, refuseForeignFiles } from './curation/selection-files.ts';
import { type FrameChoice, namesOf } from './dataset/choice.ts';
import type { EmbedOutcome } from './dataset/embedding-run.ts';
import { type ExtractOutcome, type ExtractPlan, extractFrom } from './dataset/extraction.ts';
import { openSource, type Source } from './dataset/source.ts';
import { type EmbedOptions, embedFrames } from './embed.ts';
import { type ExtractOptions, extractFrames } from './extract.ts';
import { type FrameList, readFrameList } from './frame/list.ts';
import type { ExtractedFrame } from './image/frame-files.ts';
import { DEFAULT_MODEL } from './model/registry.ts';
import { ffmpegVersions } from './native/libav.ts';
import { onnxRuntimeVersion } from './native/onnxruntime.ts';
import { estimateRate } from './run-estimate.ts';
import { type SelectFramesOutcome, selectFrames } from './select.ts';
import type { SelectionConfig } from './selection/selection-config.ts';

export interface RunOptions
  extends SelectionRules,
    Omit<EmbedOptions, 'out' | 'store' | 'pca' | 'force'>,
    Pick<ExtractOptions, 'format' | 'quality' | 'size' | 'keepDamaged'>,
    Pick<CandidateSources, 'predictions' | 'queries' | 'preselected' | 'excluded'> {
  /** The folder for everything; made if need be. */
  readonly outDir: string;
  /** The frames to choose from. Default: one a second, and all images. */
  readonly choice?: FrameChoice | undefined;
  /** Default: csv. */
  readonly tableFormat?: 'csv' | 'parquet' | undefined;
  /** Measure every frame. Default: where a filter, a strategy or a threshold looks at what is measured. */
  readonly metadata?: boolean | undefined;
  /** Metadata from elsewhere, in place of what is measured. */
  readonly metadataFrom?: string | undefined;
  /** Lightly's `selection_config`; what is given beside it is added to it, and a number goes before its own. */
  readonly selectionConfig?: SelectionConfig | undefined;
  /** Select anew, and replace what is there. Embeddings of the same model are kept. */
  readonly force?: boolean | undefined;
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined;
}

/** What a run would do. */
export interface RunPlan extends ExtractPlan {
  /** Frames that would be embedded a second on this machine, as measured on a few; undefined where there are none. */
  readonly framesPerSecond: number | undefined;
}

export interface RunOutcome {
  /** Frames to choose from, and how many of their embeddings were computed now. */
  readonly candidates: number;
  readonly embedded: number;
  /** All that are selected, in the order of being picked, and how many of them now. */
  readonly frames: readonly SelectedFrame[];
  readonly selected: number;
  /** Image files of them, and how many were written now. */
  readonly images: readonly ExtractedFrame[];
  readonly written: number;
  readonly model: string | undefined;
  readonly device: string | undefined;
  /** Why no more are selected. */
  readonly stoppedBy: SelectFramesOutcome['stoppedBy'];
  readonly failed: readonly Failure[];
  readonly stages: readonly RunStage[];
  /** With `dryRun`, and then there is nothing else. */
  readonly plan?: RunPlan;
}

const STAGES = ['index', 'embed', 'select', 'extract'] as const;

type StageName = (typeof STAGES)[number];

/** Dense enough that nothing of a second is missed, sparse enough that hours of video are embedded in minutes. */
const USUAL_CHOICE: FrameChoice = { kind: 'sample', sampler: { fps: 1 } };

/**
 * Indexes the videos of a folder, embeds a sample of their frames, selects those worth labelling and writes them as
 * images: `frames/`, `sampled_filenames.txt` and `selection.csv`, the embeddings and their principal components, and
 * `run.json` about the run. Called again, it continues what was interrupted; with more videos or a larger number, it
 * computes only what is new, and extends the earlier selection.
 *
 * @throws ERR_NOT_FOUND, ERR_NO_INPUT, ERR_OPTION, ERR_CONSTRAINTS, ERR_MODEL, ERR_DEVICE, ERR_HUB, ERR_WRITE,
 *   ERR_OUTPUT_EXISTS, ERR_OUTPUT_BUSY, and what `selectFrames` throws, or the signal's reason; what is wrong with one
 *   video or frame is in the outcome
 */
export const runPipeline = async (options: RunOptions): Promise<RunOutcome> => {
  const rules = rulesOf(options, options.selectionConfig);
  requireRules(rules, undefined);
  const source = await openSource(options.input, options);
  const pipeline = new Pipeline(source, rules, options);
  if (options.dryRun) return pipeline.plan();
  const { lock } = pipeline.layout;
  try {
    makeFolder(dirname(lock));
  } catch (error) {
    throw writeError(options.outDir, error);
  }
  await takeLock(lock, options.outDir);
  try {
    return await pipeline.run();
  } finally {
    await rm(lock, { force: true });
  }
};

class Pipeline {
  readonly layout: RunLayout;
  readonly #source: Source;
  readonly #rules: SelectionRules;
  readonly #options: RunOptions;
  readonly #choice: FrameChoice;

  constructor(source: Source, rules: SelectionRules, options: RunOptions) {
    this.layout = layoutOf(options.outDir, options.tableFormat ?? 'csv');
    this.#source = source;
    this.#rules = rules;
    this.#options = options;
    this.#choice = options.choice ?? USUAL_CHOICE;
  }

  async plan(): Promise<RunOutcome> {
    const { plan, failed } = await this.#index();
    const embedding = { ...this.#embedOptions(), ...this.#watch('embed') };
    const framesPerSecond =
      plan!.frames === 0 ? undefined : await estimateRate(this.#source, this.#choice, embedding);
    return { ...NOTHING, failed, plan: { ...plan!, framesPerSecond } };
  }

  async run(): Promise<RunOutcome> {
    const { layout } = this;
    const { force = false, format, quality, size, keepDamaged } = this.#options;
    const [preselected, excluded] = [await this.#read('preselected'), await this.#read('excluded')];
    const { earlier, images: before } = await this.#openState();
    const record = new RunRecord(layout.record, this.#head());

    const indexed = await record.stage(
      'index',
      () => this.#index(),
      ({ plan, failed }) => ({
        counts: { videos: plan!.videos, candidates: plan!.frames },
        failed,
      }),
    );
    const embedded = await record.stage(
      'embed',
      () =>
        embedFrames({
          ...this.#embedOptions(),
          out: layout.table,
          store: layout.store,
          force,
          ...this.#watch('embed'),
        }),
      ({ rows, resumed, failed }) => ({ counts: { embeddings: rows, computed: rows - resumed }, failed }),
    );
    const selected = await record.stage(
      'select',
      () => this.#select(embedded, earlier, preselected, excluded),
      ({ frames, added, failed }) => ({ counts: { selected: frames.length, added }, failed }),
    );
    const names = selected.frames.map(({ filename }) => filename);
    const extracted = await record.stage(
      'extract',
      () =>
        extractFrames({
          ...this.#inputOptions(),
          ...{ format, quality, size, keepDamaged, force },
          outDir: layout.frames,
          choice: { kind: 'names', list: names },
          ...this.#watch('extract'),
        }),
      ({ done, resumed, failed }) => ({
        counts: { images: done.length, written: done.length - resumed },
        failed,
      }),
    );
    const images = extracted.done.map(({ file }) => file);
    await removeImages(layout.frames, before, images);
    await writeRunState(layout.state, { ...selected.state, images });
    const { model, device } = embedded;
    await record.finish({
      model,
      device,
      counts: { ...indexed.plan, embeddings: embedded.rows, selected: names.length, images: images.length },
      stoppedBy: selected.stoppedBy,
      coverageRadius: selected.coverageRadius,
    });
    return {
      candidates: embedded.rows,
      embedded: embedded.rows - embedded.resumed,
      frames: selected.frames,
      selected: selected.added,
      images: extracted.done,
      written: extracted.done.length - extracted.resumed,
      model,
      device,
      stoppedBy: selected.stoppedBy,
      failed: record.problems,
      stages: record.stages,
    };
  }

  #index(): Promise<ExtractOutcome> {
    const options = { ...this.#inputOptions(), ...this.#watch('index', 'counting frames') };
    return extractFrom(this.#source, {
      ...options,
      choice: this.#choice,
      outDir: this.#options.outDir,
      dryRun: true,
    });
  }

  /** Extends the earlier selection, unless that is what is asked for already. */
  async #select(
    { key, rows }: EmbedOutcome,
    earlier: RunState,
    preselected: FrameList | readonly string[] | undefined,
    excluded: FrameList | readonly string[] | undefined,
  ): Promise<RunSelection> {
    const { layout } = this;
    const { predictions, queries, metadataFrom: metadata } = this.#options;
    const lists = [preselected, excluded];
    const files = [queries, metadata, predictions];
    const request = await requestKey({ rules: this.#rules, tableKey: key, lists, files });
    if (rows === 0 || (earlier.request === request && (await isSelectionThere(layout.list)))) {
      const { frames, result } = earlier;
      return { frames, added: 0, failed: [], ...result, state: earlier };
    }
    const isOfSequences = this.#rules.selectedSequenceLength !== undefined;
    const names = earlier.frames.map(({ filename }) => filename);
    if (!isOfSequences) await trimPool(layout.pool, names);
    const { stream, cache, jobs, input } = this.#options;
    const outcome = await selectFrames({
      ...this.#rules,
      ...{ predictions, queries, metadata, excluded, stream, cache, jobs },
      embeddings: layout.table,
      videos: this.#source.kind === 'videos' ? input : undefined,
      // Whole runs are looked for in the table, all other frames may have left it.
      preselected: isOfSequences ? [...names, ...namesIn(preselected)] : preselected,
      datapool: isOfSequences ? undefined : layout.pool,
      continues: earlier.frames,
      out: layout.list,
      force: true,
      ...this.#watch('select'),
    });
    const { stoppedBy, coverageRadius, failed } = outcome;
    const frames = [...earlier.frames, ...outcome.frames];
    const result = { stoppedBy, coverageRadius };
    // What failed may be mended, and is to be told again.
    const state = { ...earlier, request: failed.length === 0 ? request : '', frames, result };
    await writeRunState(layout.state, state);
    return { frames, added: outcome.frames.length, failed, ...result, state };
  }

  /** What an earlier run selected; a first run begins with nothing, and leaves a mark that the folder is its own. */
  async #openState(): Promise<{ readonly earlier: RunState; readonly images: readonly string[] }> {
    const { state: path, list } = this.layout;
    const { force = false, outDir, metadataFrom, predictions, queries } = this.#options;
    const given = givenRules(this.#rules, { metadataFrom, predictions, queries });
    const found = await readRunState(path).catch((error: unknown) => {
      if (force) return undefined;
      throw error;
    });
    const images = force ? (found?.images ?? []) : [];
    if (found !== undefined && !force) {
      requireSameRules(found, given, outDir);
      requireNotFewer(found, this.#rules, outDir);
      return { earlier: found, images };
    }
    if (found === undefined && !force) await refuseForeignFiles(list);
    const earlier = {
      given,
      request: '',
      frames: [],
      images,
      result: { stoppedBy: 'count', coverageRadius: undefined },
    } as const;
    await writeRunState(path, earlier);
    return { earlier, images };
  }

  #embedOptions(): Omit<EmbedOptions, 'out'> {
    const {
      metadata = this.#needsMeasures(),
      model,
      dtype,
      device,
      output,
      pooling,
      normalize,
    } = this.#options;
    const { batchSize, labels, onNotice } = this.#options;
    const how = { metadata, model, dtype, device, output, pooling, normalize, batchSize, labels, onNotice };
    return { ...this.#inputOptions(), ...how, choice: this.#choice };
  }

  #inputOptions(): Pick<RunOptions, 'input' | 'include' | 'exclude' | 'stream' | 'cache' | 'jobs' | 'onLog'> {
    const { input, include, exclude, stream, cache, jobs, onLog } = this.#options;
    return { input, include, exclude, stream, cache, jobs, onLog };
  }

  #needsMeasures(): boolean {
    const { filters = [], thresholds = [], strategies = [] } = this.#rules;
    const sources = [...thresholds, ...strategies].map((rule) =>
      'source' in rule ? rule.source.kind : undefined,
    );
    const looksAtMeasures = filters.length > 0 || sources.includes('metadata');
    return looksAtMeasures && this.#options.metadataFrom === undefined;
  }

  #watch(stage: StageName, name?: string): Pick<RunOptions, 'signal' | 'onProgress'> {
    const { signal, onProgress } = this.#options;
    const step = { number: STAGES.indexOf(stage) + 1, of: STAGES.length };
    return {
      signal,
      onProgress: (progress: Progress) => onProgress?.({ ...progress, stage: name ?? progress.stage, step }),
    };
  }

  async #read(which: 'preselected' | 'excluded'): Promise<FrameList | readonly string[] | undefined> {
    const given = this.#options[which];
    return typeof given === 'string' ? readFrameList(given) : given;
  }

  #head(): Record<string, unknown> {
    const { input, model = DEFAULT_MODEL } = this.#options;
    const { nSamples, proportionSamples } = this.#rules;
    const rules = { nSamples, proportionSamples, ...givenRules(this.#rules, {}) };
    return {
      versions: {
        framesift: readVersion(),
        node: process.versions.node,
        ffmpeg: ffmpegVersions().version,
        onnxruntime: onnxRuntimeVersion(),
        platform: `${process.platform} ${process.arch}`,
      },
      options: { input, candidates: describeChoice(this.#choice), model, rules },
    };
  }
}

interface RunSelection extends Pick<SelectFramesOutcome, 'stoppedBy' | 'coverageRadius' | 'failed'> {
  readonly frames: readonly SelectedFrame[];
  readonly added: number;
  readonly state: RunState;
}

const NOTHING = {
  candidates: 0,
  embedded: 0,
  frames: [],
  selected: 0,
  images: [],
  written: 0,
  model: undefined,
  device: undefined,
  stoppedBy: 'count',
  failed: [],
  stages: [],
} as const satisfies RunOutcome;

const namesIn = (list: FrameList | readonly string[] | undefined): string[] =>
  list === undefined ? [] : namesOf(list).map(({ name }) => name);

/** Names can be many, and are in a file of their own. */
const describeChoice = (choice: FrameChoice): unknown =>
  choice.kind === 'names' ? { kind: 'names', count: namesOf(choice.list).length } : choice;

/** Takes away images of an earlier selection that are not in the new one: framesift wrote them. */
const removeImages = async (
  folder: string,
  before: readonly string[],
  now: readonly string[],
): Promise<void> => {
  const isStill = new Set(now);
  for (const file of before) if (!isStill.has(file)) await rm(join(folder, file), { force: true });
};
