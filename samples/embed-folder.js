// Embeddings of a folder of videos, as a table in Lightly's format, and the two frames that are most alike.
// Usage: node samples/embed-folder.js [OUTPUT FOLDER] [FOLDER OF VIDEOS]
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { embedFrames, loadEmbeddings } from 'framesift';

const outDir = process.argv[2] ?? mkdtempSync(join(tmpdir(), 'framesift-'));
const input = process.argv[3] ?? fileURLToPath(new URL('media', import.meta.url));
const out = join(outDir, 'embeddings.csv');

const { rows, dimensions, failed, device, pca } = await embedFrames({
  input,
  out,
  // About two frames a second. A model of your own: { model: 'dinov2-small/' }.
  choice: { kind: 'sample', sampler: { fps: 2 } },
  normalize: true,
  cache: false,
});
for (const { error } of failed) console.log(error.message);
console.log(`${rows} embeddings of ${dimensions} values, computed on ${device}: ${out}`);
console.log(`their principal components: ${pca.path}`);

// Rows have length 1, so the scalar product of two is their cosine similarity.
const { embeddings, filenames } = await loadEmbeddings(out);
const rowAt = (i) => embeddings.data.subarray(i * dimensions, (i + 1) * dimensions);
let most = { similarity: -1, pair: [] };
for (let i = 0; i < rows; i++) {
  for (let j = 0; j < i; j++) {
    const similarity = rowAt(i).reduce((sum, value, d) => sum + value * rowAt(j)[d], 0);
    if (similarity > most.similarity) most = { similarity, pair: [filenames[j], filenames[i]] };
  }
}
console.log(`most alike: ${most.pair.join(' and ')}, cosine similarity ${most.similarity.toFixed(3)}`);
