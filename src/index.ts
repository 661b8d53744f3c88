// The public API, name by name.

// Lightly's files, .npy, and what is wrong with them
export {
  type AnnotateOptions,
  type AnnotateOutcome,
  annotateFrames,
  type FrameStream,
  streamFrames,
} from './annotate.ts';
export type { ExportOptions } from './annotation/exporter.ts';
export type { TargetName } from './annotation/target-names.ts';
// Random views of pictures, for self-supervised learning
export { type ColorJitterOptions, colorJitter } from './augment/color-jitter.ts';
export { type ContactRow, type ContactSheetOptions, contactSheet } from './augment/contact-sheet.ts';
export { type FlipOptions, randomHorizontalFlip, randomVerticalFlip } from './augment/flip.ts';
export { type GaussianBlurOptions, gaussianBlur } from './augment/gaussian-blur.ts';
export { type RandomGrayscaleOptions, randomGrayscale } from './augment/grayscale.ts';
export { type JigsawOptions, jigsaw } from './augment/jigsaw.ts';
export { type CropKind, type MultiCropOptions, multiCrop } from './augment/multi-crop.ts';
export { type RandomResizedCropOptions, randomResizedCrop } from './augment/random-resized-crop.ts';
export {
  VIEW_RECIPE_NAMES,
  type ViewOptionsOf,
  type ViewRecipe,
  type ViewRecipeName,
  viewRecipe,
} from './augment/recipe.ts';
export type { MultiCropViewOptions, ViewOptions, ViewStepOptions } from './augment/recipe-defaults.ts';
export {
  type RandomRotateDegreesOptions,
  type RandomRotateOptions,
  randomRotate,
  randomRotateDegrees,
} from './augment/rotation.ts';
export { type RandomSolarizationOptions, randomSolarization } from './augment/solarization.ts';
export { chain, type Transform, withProbability } from './augment/transform.ts';
export type { ViewBatch, ViewGroup } from './augment/view-batch.ts';
export { type ViewBatchRequest, ViewPool, type ViewPoolOptions } from './augment/view-pool.ts';
export { type ViewPlace, viewSeed } from './augment/view-seed.ts';
export { seededViews, viewsOf } from './augment/views.ts';
export { type ErrorCode, type ErrorFacts, FramesiftError } from './base/errors.ts';
export { type Matrix, matrixFromRows, matrixOf } from './base/matrix.ts';
// Results and errors
export type { Failure, Outcome } from './base/outcome.ts';
export type { Progress } from './base/progress.ts';
export { Random } from './base/random.ts';
export type { Rational } from './base/rational.ts';
// Images
export type { RgbImage } from './base/rgb-image.ts';
export { type CheckedFile, type CheckOptions, checkFiles, type FileKind, type FileProblem } from './check.ts';
// Selection
export type { AnnotationSource } from './curation/annotation-items.ts';
export type { CandidateSources, FramesGiven } from './curation/frame-candidates.ts';
export type { FilterName, FilterRule } from './curation/frame-filters.ts';
export type { LabelTask } from './curation/label-files.ts';
export type { OrderName } from './curation/order-names.ts';
export type { FrameStrategy, SelectionRules } from './curation/rules.ts';
export type { RunStage } from './curation/run-record.ts';
export type { SelectedFrame } from './curation/selected-frame.ts';
export type { FrameChoice } from './dataset/choice.ts';
export type {
  Dataset,
  DatasetFrame,
  DatasetFrameResult,
  DatasetOptions,
  DatasetVideo,
} from './dataset/dataset.ts';
export type { EmbedOutcome, PcaOutcome } from './dataset/embedding-run.ts';
export type { ExtractionOptions, ExtractOutcome, ExtractPlan } from './dataset/extraction.ts';
export { openDataset } from './dataset/open-dataset.ts';
export type { Patience } from './delivery/http.ts';
export type { PushTargetName } from './delivery/push-target-names.ts';
export { examine, type Finding } from './doctor.ts';
// Verbs
export { type EmbedOptions, embedFrames } from './embed.ts';
export { type ExtractOptions, extractFrames } from './extract.ts';
export {
  CocoAnnotationKeys,
  type CustomMetadata,
  formatCustomMetadata,
  type MetadataItem,
} from './formats/custom-metadata.ts';
export type { EmbeddingDict, LoadedEmbeddings } from './formats/embedding-dict.ts';
export type { EmbeddingRow } from './formats/embedding-rows.ts';
export type { EmbeddingMatrix, EmbeddingValues, SaveOptions } from './formats/embedding-writer.ts';
export { checkFilenames } from './formats/filenames.ts';
export { type NpyArray, readNpy, writeNpy } from './formats/npy.ts';
export { type JsonValue, pythonJson } from './formats/python-json.ts';
export { PythonFloat, type PythonValue, pythonFloat } from './formats/python-number.ts';
export { type FrameList, type FrameListOptions, readFrameList } from './frame/list.ts';
// Frame names, lists and samples
export { type FrameRef, formatFrameName, parseFrameName } from './frame/name.ts';
export {
  type FrameRange,
  type FrameTimes,
  type Position,
  parseFrameNumbers,
  parsePosition,
  parseTimes,
  type Sampler,
  sampleFrames,
} from './frame/selector.ts';
export type { ExtractedFrame, FrameFormat } from './image/frame-files.ts';
export { type FrameMeasures, measureFrame } from './image/measures.ts';
export { saveImage } from './image/save.ts';
export { parseSize, type SizeRequest } from './image/size.ts';
export { type ImportLabelsOptions, type ImportLabelsOutcome, importLabels } from './import-labels.ts';
export { type DescribedVideo, describeVideos, type InfoOptions, type VideoReport } from './info.ts';
export { type KnnAccuracy, type KnnAccuracyOptions, knnAccuracy } from './knn.ts';
export { stdOfL2Normalized } from './learning/collapse.ts';
export { MemoryBankModule, type MemoryBankOptions, type MemoryBankState } from './learning/memory-bank.ts';
export type { MethodName } from './learning/methods/methods.ts';
export type { ResNetName } from './learning/network/resnet.ts';
export { type NtXentOptions, ntXentLoss } from './learning/nt-xent-loss.ts';
export { cosineSchedule, cosineWarmupSchedule, type WarmupOptions } from './learning/schedule.ts';
export {
  type CheckEmbeddingsOptions,
  checkEmbeddings,
  type DictOptions,
  type LoadOptions,
  loadEmbeddings,
  loadEmbeddingsAsDict,
  readEmbeddingRows,
  saveCustomMetadata,
  saveEmbeddingRows,
  saveEmbeddings,
  saveSchema,
  saveTasks,
} from './lightly.ts';
export { fitPca } from './linalg/fit-pca.ts';
export { knnPredict, meanTopkAccuracy } from './linalg/knn.ts';
export { KnnBenchmark } from './linalg/knn-benchmark.ts';
export { PCA, type PcaOptions } from './linalg/pca.ts';
export { type UmapOptions, umap } from './linalg/umap.ts';
export { type ListedFrame, type ListedVideo, type ListOptions, listFrames } from './list.ts';
export { type MagicOptions, type MagicOutcome, magic } from './magic.ts';
export type { ModelInput, Pooling } from './model/description.ts';
export type { CachedModel } from './model/hub-cached.ts';
export { cachedModels, describeModel, type KnownModel, knownModels, type ModelReport } from './models.ts';
export type { StreamInfo } from './native/libav.ts';
export { type ProjectOptions, type ProjectOutcome, projectEmbeddings } from './project.ts';
export {
  type PushOptions,
  type PushOutcome,
  type PushPlan,
  planPush,
  pushFrames,
} from './push.ts';
export { drainQueue, type QueueOptions, type QueueStatus, queueStatus, retryQueue } from './queue.ts';
export { type RunOptions, type RunOutcome, type RunPlan, runPipeline } from './run.ts';
export {
  type RemovedFrame,
  type SelectFramesOptions,
  type SelectFramesOutcome,
  selectFrames,
} from './select.ts';
export type { AllocationRule } from './selection/allocation.ts';
export type { BalanceTarget } from './selection/balance.ts';
export type { Candidates, ClassShares } from './selection/candidates.ts';
export { classificationScores, type UncertaintyScores } from './selection/classification-scores.ts';
export { clusterMedoids } from './selection/cluster-medoids.ts';
export { type DeterminantalOptions, determinantal } from './selection/determinantal.ts';
export { unitRows } from './selection/distances.ts';
export { facilityLocation } from './selection/facility-location.ts';
export { kMeansPlusPlus, type SeededOrderOptions } from './selection/k-means-plus-plus.ts';
export { type NearDuplicateOptions, withoutNearDuplicates } from './selection/near-duplicates.ts';
export type { ContinuedOrderOptions, Order, OrderOptions } from './selection/order.ts';
export { type ProbCoverOptions, probCover } from './selection/prob-cover.ts';
export {
  type DetectedObject,
  type DetectionOptions,
  type DetectionScores,
  detectionScores,
  keypointScore,
  type SegmentationPrediction,
  segmentationScores,
} from './selection/scores.ts';
export { type Selection, type SelectOptions, select, type VideoLimits } from './selection/select.ts';
export {
  type CategoryCount,
  type ClassSource,
  type ConfiguredStrategy,
  type ConfiguredThreshold,
  type NumberSource,
  parseSelectionConfig,
  type SelectionConfig,
} from './selection/selection-config.ts';
export { type SequenceOptions, selectSequences } from './selection/sequences.ts';
export type { Strategy } from './selection/strategy.ts';
export type { Threshold } from './selection/threshold.ts';
export { typiClust } from './selection/typi-clust.ts';
export { type ZCoreOptions, zCore } from './selection/zcore.ts';
export { type FindShotsOptions, type FoundShot, findShots, type ShotsOfVideo } from './shots.ts';
export { type WriteViewsOptions, writeViews } from './show-views.ts';
// Shots, and filters by what pixels tell
export { type FrameFeatures, frameFeatures } from './signals/frame-features.ts';
export {
  type FilteredFrames,
  type FrameFilter,
  type FrameSignals,
  filterFrames,
  type MeasuredFrame,
  type Removal,
  type RemovalReason,
} from './signals/frame-filter.ts';
export type { FrameTime } from './signals/frame-time.ts';
export { type FrozenOptions, frozen, stillSeconds } from './signals/frozen.ts';
export {
  type BlurLimit,
  black,
  blurred,
  corrupt,
  dark,
  light,
  lowInformation,
} from './signals/limit-filters.ts';
export { type NearDuplicateFilterOptions, nearDuplicates } from './signals/near-duplicates.ts';
export type { ShotDetector, ShotDetectorOptions } from './signals/shot-detector.ts';
export type { MinimumLength } from './signals/shot-length.ts';
export {
  createShotDetector,
  type FramesOfShotsOptions,
  framesOfShots,
  SHOT_DETECTOR_NAMES,
  type Shot,
  type ShotDetectorName,
  shotsBetween,
} from './signals/shots.ts';
export { saveEmbeddingRowsAsParquet } from './table/parquet.ts';
export { type TrainOptions, type TrainOutcome, trainEncoder } from './train.ts';
export type { EpochRecord } from './training/history.ts';
export type { OptimizerName, TrainingSettings, TrainingSettingsOptions } from './training/settings.ts';
export type { ReadStats } from './video/reader.ts';
export type { VideoInfo } from './video/scan.ts';
export type { VideoTiming } from './video/timing.ts';
// Videos and datasets
export {
  type FramePlace,
  type FrameSelection,
  type FramesOptions,
  type OpenVideoOptions,
  openVideo,
  type Video,
  type VideoFrame,
} from './video/video.ts';
export { runWorker, type WorkerEvent, type WorkerOptions } from './worker.ts';
