import type { ModelFolder } from '@dtdqm/detector';

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

/**
 * The few fields of ONNX's protobuf messages that a small network needs, written by hand: a package for them would be many times
 * the size of what it writes. Numbers of fields: onnx/onnx.proto of ONNX 1.15.
 */
type Bytes = Uint8Array<ArrayBuffer>;

const text = (value: string): Bytes => new TextEncoder().encode(value);

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

function join(parts: readonly ArrayLike<number>[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let first = 0;
  for (const part of parts) {
    joined.set(part, first);
    first += part.length;
  }
  return joined;
}

const whole = (field: number, value: number) => join([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Bytes) => join([varint(field * 8 + 2), varint(value.length), value]);
const string = (field: number, value: string) => bytes(field, text(value));

/** Element types of tensors. */
export const float32 = 1;
const int64 = 7;

/** TensorProto. */
function tensor(name: string, dims: readonly number[], values: Float32Array | BigInt64Array): Bytes {
  const raw = new Uint8Array(values.slice().buffer) as Bytes;
  const type = values instanceof Float32Array ? float32 : int64;
  return join([...dims.map((dim) => whole(1, dim)), whole(2, type), string(8, name), bytes(9, raw)]);
}

/** NodeProto. @param attributes lists of whole numbers by name. */
export function node(
  operation: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, readonly number[]>> = {},
): Bytes {
  const lists = Object.entries(attributes).map(([name, values]) =>
    bytes(5, join([string(1, name), ...values.map((value) => whole(8, value)), whole(20, 7)])),
  );
  return join([
    ...inputs.map((input) => string(1, input)),
    string(2, output),
    string(4, operation),
    ...lists,
  ]);
}

/** ValueInfoProto of a float tensor `[samples, ...shape]`. */
export function value(name: string, shape: readonly number[]): Bytes {
  const dims = [string(2, 'samples'), ...shape.map((dim) => whole(1, dim))].map((dim) => bytes(1, dim));
  return join([string(1, name), bytes(2, bytes(1, join([whole(1, float32), bytes(2, join(dims))])))]);
}

/** ModelProto with one graph, opset 17. */
export function model(
  nodes: readonly Bytes[],
  tensors: readonly Bytes[],
  input: Bytes,
  output: Bytes,
): Bytes {
  const graph = join([
    ...nodes.map((one) => bytes(1, one)),
    string(2, 'layers'),
    ...tensors.map((one) => bytes(5, one)),
    bytes(11, input),
    bytes(12, output),
  ]);
  return join([whole(1, 8), bytes(7, graph), bytes(8, join([string(1, ''), whole(2, 17)]))]);
}
