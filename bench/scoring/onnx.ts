import { cpus, loadavg } from 'node:os';
import { modelsFolder, readModelFolder } from '@dtdqm/detector';
import { selectBackend, loadModel, chamberWires } from '@dtdqm/detector/engine';
import { healthyRun } from './faultyChambers.ts';
import { onnxModel } from './onnxModel.ts';
import { time } from '../harness.ts';

/**
 * onnxruntime-web (WebAssembly, one thread) beside TensorFlow.js on the network alone: `node --import tsx bench/scoring/onnx.ts [model]`, after
 * `npm install --no-save onnxruntime-web`: at 150 MB it is no dependency of ours.
 */
interface Session {
  run(feeds: object): Promise<Record<string, { data: Float32Array }>>;
}
interface Ort {
  env: { wasm: { numThreads: number } };
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
  Tensor: new (type: 'float32', data: Float32Array, dims: number[]) => object;
}

const optional = 'onnxruntime-web';
const ort = (await import(optional).catch(() => {
  throw new Error('onnxruntime-web is not installed: npm install --no-save onnxruntime-web');
})) as Ort;
const folder = `${modelsFolder}/${process.argv[2] ?? 'shape-and-rate/2'}`;
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create(onnxModel(await readModelFolder(folder)), {
  executionProviders: ['wasm'],
});
await selectBackend('wasm');
const model = await loadModel(folder);
const { tensors, layers } = model.preprocessing.prepare(healthyRun(3).map(chamberWires));
const [values] = Object.values(tensors);
const size = values!.length / layers.length;
const differences = async (from: number, count: number): Promise<Float32Array> => {
  const input = new ort.Tensor('float32', values!.subarray(from * size, (from + count) * size), [
    count,
    size,
  ]);
  const [output] = Object.values(await session.run({ input }));
  const logits = output!.data.length / count;
  return logits === 1
    ? output!.data
    : Float32Array.from(
        { length: count },
        (_, index) => output!.data[2 * index + 1]! - output!.data[2 * index]!,
      );
};

const expected = model.network.differences(tensors, layers.length);
const answered = await differences(0, layers.length);
const greatest = expected.reduce(
  (most, value, index) => Math.max(most, Math.abs(value - answered[index]!)),
  0,
);
process.stdout.write(
  `${cpus().length} x ${cpus()[0]!.model}, Node ${process.versions.node}, load ${loadavg()[0]!.toFixed(1)}, ${folder.split('/models/')[1]}\n` +
    `onnxruntime-web: greatest difference of a logit from TensorFlow.js ${greatest.toExponential(1)}\n`,
);
await time('onnxruntime-web, network alone, one batch', 15, () => differences(0, layers.length));
await time('onnxruntime-web, network alone, layer by layer', 1, async () => {
  for (let layer = 0; layer < layers.length; layer++) await differences(layer, 1);
});
await time('TensorFlow.js wasm, network alone, one batch', 15, () =>
  model.network.differences(tensors, layers.length),
);
