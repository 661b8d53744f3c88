// What `run` does, stage by stage, and what it goes on from.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { annotateFrames } from './annotate.ts';
import { removeUnfinished } from './base/files.ts';
import type { Progress } from './base/progress.ts';
import { readVersion } from './base/version.ts';
import { poolTable, trimPool } from './curation/datapool.ts';
import type { SelectionRules } from './curation/rules.ts';
import { layoutOf, type RunLayout } from './curation/run-folder-layout.ts';
import { RunRecord } from './curation/run-record.ts';
import { givenRules, requestKey } from './curation/run-request.ts';
import {
  NO_STATE,
  openRunState,
  type RunState,
  requireNotFewer,
  writeRunState,
} from './curation/run-state.ts';
import type { SelectedFrame } from './curation/selected-frame.ts';
import { isSelectionThere, refuseForeignFiles, selectionPaths } from './curation/selection-files.ts';
import { type FrameChoice, namesOf } from './dataset/choice.ts';
import type { EmbedOutcome } from './dataset/embedding-run.ts';
import { type ExtractOutcome, extractFrom } from './dataset/extraction.ts';
import type { Source } from './dataset/source.ts';
import { type EmbedOptions, embedFrames } from './embed.ts';
import { extractFrames } from './extract.ts';
import { type FrameList, readFrameList } from './frame/list.ts';
import { DEFAULT_MODEL } from './model/registry.ts';
import { ffmpegVersions } from './native/libav.ts';
import { onnxRuntimeVersion } from './native/onnxruntime.ts';
import type { RunOptions, RunOutcome } from './run.ts';
import { estimateRate } from './run-estimate.ts';
import { type SelectFramesOutcome, selectFrames } from './select.ts';

const STAGES = ['index', 'embed', 'select', 'extract'] as const;

type StageName = (typeof STAGES)[number];

/** Dense enough that nothing of a second is missed, sparse enough that hours of video are embedded in minutes. */
const USUAL_CHOICE: FrameChoice = { kind: 'sample', sampler: { fps: 1 } };

export class Pipeline {
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
    const { force = false, format, quality, size, keepDamaged, queue, onNotice } = this.#options;
    const [preselected, excluded] = [await this.#read('preselected'), await this.#read('excluded')];
    await removeUnfinished([
      layout.state,
      layout.record,
      poolTable(layout.pool),
      ...selectionPaths(layout.list),
    ]);
    const earlier = await this.#openState();
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
          ...{ format, quality, size, keepDamaged, force, queue, onNotice },
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
    await removeStale(layout.frames, selected.state.stale, images);
    await writeRunState(layout.state, { ...selected.state, images, stale: [] });
    await this.#annotate(record);
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

  /** Written anew each time: it takes no longer than to see whether it is the same. */
  async #annotate(record: RunRecord): Promise<void> {
    const { annotate, outDir, signal } = this.#options;
    if (annotate === undefined) return;
    const target = join(this.layout.annotation, annotate.to);
    await record.stage(
      'annotate',
      () => annotateFrames({ ...annotate, from: outDir, outDir: target, force: true, signal }),
      ({ frames, failed }) => ({ counts: { frames }, failed }),
    );
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

  async #openState(): Promise<RunState> {
    const { outDir, force = false, metadataFrom, predictions, queries } = this.#options;
    const given = givenRules(this.#rules, { metadataFrom, predictions, queries });
    const { state, list, record } = this.layout;
    const found = await openRunState(state, { given, outDir, force });
    if (!force) requireNotFewer(found ?? NO_STATE, this.#rules, outDir);
    if (found !== undefined) return found;
    if (!force) await refuseForeignFiles(list, [record]);
    // A mark that the folder is this run's own, before anything else is in it.
    const first = { ...NO_STATE, given };
    await writeRunState(state, first);
    return first;
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
    const { batchSize, labels, onNotice, queue } = this.#options;
    const how = {
      queue,
      metadata,
      model,
      dtype,
      device,
      output,
      pooling,
      normalize,
      batchSize,
      labels,
      onNotice,
    };
    return { ...this.#inputOptions(), ...how, choice: this.#choice };
  }

  #inputOptions(): Pick<RunOptions, 'input' | 'include' | 'exclude' | 'stream' | 'cache' | 'jobs' | 'onLog'> {
    const { input, include, exclude, stream, cache, jobs, onLog } = this.#options;
    return { input, include, exclude, stream, cache, jobs, onLog };
  }

  #needsMeasures(): boolean {
    const { filters = [], thresholds = [], strategies = [] } = this.#rules;
    const sources = [...thresholds, ...strategies].map((rule) =>
      'source' in rule ? rule.source?.kind : undefined,
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

/** Takes away images of an earlier selection that the new one does not have. */
const removeStale = async (
  folder: string,
  stale: readonly string[],
  images: readonly string[],
): Promise<void> => {
  const isStill = new Set(images);
  for (const file of stale) if (!isStill.has(file)) await rm(join(folder, file), { force: true });
};
