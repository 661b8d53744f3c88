// The whole way from a folder of videos to a folder of frames worth labelling.
import { isAbsolute, relative } from 'node:path';
import { type ExportOptions, requirePrefix } from './annotation/exporter.ts';
import type { TargetName } from './annotation/target-names.ts';
import { TARGETS } from './annotation/targets.ts';
import { FramesiftError } from './base/errors.ts';
import type { Failure } from './base/outcome.ts';
import { holdingLock } from './base/run-folder.ts';
import type { CandidateSources } from './curation/frame-candidates.ts';
import { requireRules, rulesOf, type SelectionRules } from './curation/rules.ts';
import type { RunStage } from './curation/run-record.ts';
import type { SelectedFrame } from './curation/selected-frame.ts';
import type { FrameChoice } from './dataset/choice.ts';
import type { ExtractPlan } from './dataset/extraction.ts';
import { openSource, type Source } from './dataset/source.ts';
import type { EmbedOptions } from './embed.ts';
import type { ExtractOptions } from './extract.ts';
import type { ExtractedFrame } from './image/frame-files.ts';
import { Pipeline } from './pipeline.ts';
import type { SelectFramesOutcome } from './select.ts';
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
  /** Write the selected frames for an annotation tool, too, into the folder `annotation/<to>`. */
  readonly annotate?: (ExportOptions & { readonly to: TargetName }) | undefined;
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
  if (options.annotate !== undefined) requirePrefix(TARGETS[options.annotate.to], options.annotate);
  const source = await openSource(options.input, options);
  refuseInside(source, options.outDir);
  const pipeline = new Pipeline(source, rules, options);
  if (options.dryRun) return pipeline.plan();
  return holdingLock(pipeline.layout.lock, options.outDir, () => pipeline.run());
};

/** Images that one run writes would be those that the next one finds. */
const refuseInside = ({ kind, root }: Source, outDir: string): void => {
  if (kind === 'videos' || relative(root, outDir).startsWith('..') || isAbsolute(relative(root, outDir)))
    return;
  throw new FramesiftError(
    'ERR_OPTION',
    `${outDir}: is in the folder of the images, ${root}, and would become a part of it. Choose another --out.`,
    { facts: { outDir, root } },
  );
};
