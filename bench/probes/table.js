// Saves and loads a table of embeddings. usage: table.js ROWS COLUMNS FILE
import { loadEmbeddings, saveEmbeddings } from '../../dist/index.js';

const [rows, columns] = process.argv.slice(2, 4).map(Number);
const path = process.argv[4];
const data = new Float32Array(rows * columns);
// Sums of uniform numbers are as good as normal ones here: what counts is how many digits they have.
for (let i = 0; i < data.length; i++) data[i] = (Math.random() + Math.random() + Math.random() - 1.5) * 2;
const names = Array.from({ length: rows }, (_, i) => `clip-${String(i).padStart(6, '0')}-mp4.png`);

let started = performance.now();
await saveEmbeddings(path, { data, rows, columns }, new Array(rows).fill(0), names);
const savedSeconds = (performance.now() - started) / 1000;
started = performance.now();
const { embeddings } = await loadEmbeddings(path);
const loadedSeconds = (performance.now() - started) / 1000;
if (embeddings.rows !== rows) throw new Error(`${embeddings.rows} rows`);
process.stdout.write(`${JSON.stringify({ savedSeconds, loadedSeconds })}\n`);
