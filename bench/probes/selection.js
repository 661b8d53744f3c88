// Times a selection out of rows of float32, of length 1, from a file; reading it is not timed.
// usage: selection.js diversity|facility FILE COLUMNS COUNT
import { readFileSync } from 'node:fs';
import { facilityLocation, select } from '../../dist/index.js';

const [mode, file, ...numbers] = process.argv.slice(2);
const [columns, count] = numbers.map(Number);
const bytes = readFileSync(file);
const data = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const rows = { rows: data.length / columns, columns, data };
const candidates = { count: rows.rows, rows };

const diversity = async () => {
  const strategies = [{ type: 'diversity' }];
  const { distanceAtPick } = await select(candidates, { strategies, count, start: 'first' });
  return [1, Math.floor(count / 2), count - 1].map((pick) => distanceAtPick[pick]);
};

const facility = async () => {
  const { values } = await facilityLocation(candidates, { count });
  return [0, 1, 2].map((pick) => values[pick]);
};

const started = performance.now();
const answer = await { diversity, facility }[mode]();
const seconds = (performance.now() - started) / 1000;
process.stdout.write(`${JSON.stringify({ seconds, answer })}\n`);
process.exit(0);
