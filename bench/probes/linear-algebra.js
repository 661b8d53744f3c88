// Times PCA or nearest neighbours on rows of float32 from a file; reading it is not timed.
// usage: linear-algebra.js pca FILE COLUMNS COMPONENTS | linear-algebra.js neighbours FILE COLUMNS QUERIES K
// Of the rows, the first QUERIES are looked up among the others.
import { readFileSync } from 'node:fs';
import { fitPca } from '../../dist/index.js';
import { nearestNeighbours } from '../../dist/linalg/nearest-neighbours.js';

const [mode, file, ...numbers] = process.argv.slice(2);
const [columns, count, k] = numbers.map(Number);
const bytes = readFileSync(file);
const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const rowsOf = (part) => ({ rows: part.length / columns, columns, data: part });

const pca = async () => {
  const fitted = await fitPca(rowsOf(data), { nComponents: count });
  await fitted.transform(rowsOf(data));
  return () => [...fitted.explainedVariance];
};

const neighbours = async () => {
  const [queries, bank] = [data.subarray(0, count * columns), data.subarray(count * columns)];
  const { similarities } = await nearestNeighbours(rowsOf(queries), rowsOf(bank), k);
  const meanOf = (place) =>
    Array.from({ length: count }, (_, row) => similarities[row * k + place]).reduce((a, b) => a + b) / count;
  return () => [meanOf(0), meanOf(k - 1)];
};

const started = performance.now();
const answer = await { pca, neighbours }[mode]();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ seconds, answer: answer() })}\n`);
process.exit(0);
