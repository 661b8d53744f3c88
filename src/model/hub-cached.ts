// What is in the cache of Hugging Face's hub already, whoever downloaded it.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareCodePoints } from '../base/code-points.ts';
import { hubCacheFolder } from '../native/huggingface-hub.ts';
import { CachedRepository } from './hub-cache.ts';
import { type WeightsType, weightsIn } from './weights-file.ts';

/** A model that needs no download. */
export interface CachedModel {
  /** As `--model` takes it: with the commit where that is not the last one known of the main branch. */
  readonly name: string;
  /** What is there, the most exact first. */
  readonly weights: readonly WeightsType[];
  /** Of the first of these. */
  readonly sizeBytes: number;
}

/** Models in ONNX that look at pictures, by name; none where there is no cache. */
export const cachedModels = async (): Promise<CachedModel[]> => {
  const root = hubCacheFolder();
  const found: CachedModel[] = [];
  for (const folder of await readdir(root).catch(() => [])) {
    const [kind, organisation, name, ...others] = folder.split('--');
    if (kind !== 'models' || organisation === undefined || name === undefined || others.length > 0) continue;
    found.push(...(await modelsOf(root, `${organisation}/${name}`)));
  }
  return found.sort((a, b) => compareCodePoints(a.name, b.name));
};

const modelsOf = async (root: string, repository: string): Promise<CachedModel[]> => {
  const cache = new CachedRepository(root, { repository, revision: 'main' });
  const main = await cache.ref('main');
  const models: CachedModel[] = [];
  for (const commit of await readdir(cache.snapshot('')).catch(() => [])) {
    const paths = await cache.pathsHere(commit);
    const weights = weightsIn(paths);
    const [best] = weights;
    const isForPictures = paths.includes('preprocessor_config.json') || best?.file.includes('vision_model');
    if (best === undefined || !isForPictures) continue;
    let sizeBytes = 0;
    // The network, and `model.onnx_data` beside it.
    for (const path of paths.filter((each) => each.startsWith(best.file)))
      sizeBytes += (await stat(join(cache.snapshot(commit), path))).size;
    const name = `hf:${repository}${commit === main ? '' : `@${commit}`}`;
    models.push({ name, weights: weights.map(({ type }) => type), sizeBytes });
  }
  return models;
};
