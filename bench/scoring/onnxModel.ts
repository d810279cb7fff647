import type { ModelFolder } from '@dtdqm/detector';
import { model, node, tensor, value } from './onnxFields.ts';

interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/**
 * A model folder's network as an ONNX model, up to its last logits: `[samples, values]` -> `[samples, 1 or 2]`. Knows the layers
 * that the shipped models have.
 *
 * @throws {Error} at a layer that it does not know.
 */
export function onnxModel({ topology, specs, weights }: ModelFolder): Uint8Array<ArrayBuffer> {
  const layers = (topology.config as unknown as { layers: readonly KerasLayer[] }).layers;
  const shape = (layers[0]!.config.batch_input_shape as (number | null)[]).slice(1) as number[];
  const nodes: Uint8Array<ArrayBuffer>[] = [];
  const tensors: Uint8Array<ArrayBuffer>[] = [];
  let [offset, spec, name] = [0, 0, 'input'];
  const take = () => {
    const { shape: dims } = specs[spec++]!;
    const size = dims.reduce((product, dim) => product * dim, 1);
    return { dims, values: weights.slice(offset, (offset += size)) };
  };
  const add = (
    operation: string,
    more: readonly string[] = [],
    attributes: Readonly<Record<string, readonly number[]>> = {},
  ) => {
    const output = `value${nodes.length}`;
    nodes.push(node(operation, [name, ...more], output, attributes));
    name = output;
  };
  const store = (dims: readonly number[], values: Float32Array | BigInt64Array) => {
    const stored = `tensor${tensors.length}`;
    tensors.push(tensor(stored, dims, values));
    return stored;
  };
  const reshape = (...dims: number[]) =>
    add('Reshape', [store([dims.length], BigInt64Array.from(dims, BigInt))]);
  for (const { class_name, config } of layers) {
    if (class_name === 'Reshape') reshape(-1, 1, shape[0]!);
    else if (class_name === 'Conv1D') {
      const { dims, values } = take();
      add('Conv', [
        store([dims[2]!, dims[1]!, dims[0]!], filtersFirst(dims, values)),
        store([dims[2]!], take().values),
      ]);
    } else if (class_name === 'MaxPooling1D') {
      const pool = config.pool_size as number[];
      add('MaxPool', [], { kernel_shape: pool, strides: pool });
    } else if (class_name === 'Flatten') {
      // Keras flattens place by place, ONNX holds channel by channel.
      add('Transpose', [], { perm: [0, 2, 1] });
      reshape(-1, specs[spec]!.shape[0]!);
    } else if (class_name === 'Dense') {
      const { dims, values } = take();
      add('Gemm', [store(dims, values), store([dims[1]!], take().values)]);
    } else if (class_name !== 'InputLayer') throw new Error(`layer ${class_name} is not known here`);
    if (config.activation === 'relu') add('Relu');
  }
  const outputs = specs.at(-1)!.shape;
  return model(nodes, tensors, value('input', shape), value(name, outputs));
}

/** `[width, inputs, filters]` -> `[filters, inputs, width]`. */
function filtersFirst([width, inputs, filters]: readonly number[], values: Float32Array): Float32Array {
  return Float32Array.from(values, (_, index) => {
    const place = index % width!;
    const input = Math.floor(index / width!) % inputs!;
    const filter = Math.floor(index / (width! * inputs!));
    return values[(place * inputs! + input) * filters! + filter]!;
  });
}
