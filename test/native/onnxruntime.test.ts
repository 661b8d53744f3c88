// What ONNX Runtime says when something fails, made fit for people. The messages are its own.
import { expect, it } from 'vitest';
import { wordsOf } from '../../src/native/onnxruntime.ts';

const PLACE = '/onnxruntime_src/onnxruntime/core';

it.each([
  [
    `${PLACE}/graph/model_load_utils.h:46 void onnxruntime::model_load_utils::ValidateOpsetForDomain(const std::unordered_map<std::__cxx11::basic_string<char>, int>&, const std::string&, int) ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions.\n`,
    'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions.',
  ],
  [
    `${PLACE}/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n`,
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  ['bad allocation', 'bad allocation'],
  [
    'Failed to load shared library (libcudart.so.12)\nand more',
    'Failed to load shared library (libcudart.so.12)',
  ],
])('%s', (message, words) => {
  expect(wordsOf(new Error(message))).toBe(words);
});
