// Makes models/mobilenet-v2.onnx and its description from a published package; the bytes stay the same.
// Run it with: npm run build-model.
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildBuiltInModel, fetchKerasModel } from './model/built-in.ts';

const models = fileURLToPath(new URL('../models/', import.meta.url));
const { onnx, description } = buildBuiltInModel(fetchKerasModel());
mkdirSync(models, { recursive: true });
writeFileSync(`${models}mobilenet-v2.onnx`, onnx);
writeFileSync(`${models}mobilenet-v2.json`, description);
process.stdout.write(`models/mobilenet-v2.onnx: ${onnx.length} bytes\n`);
