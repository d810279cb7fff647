import * as tf from '@tensorflow/tfjs-core';
import { models, type LayersModel } from '@tensorflow/tfjs-layers';
import type { Topology, WeightSpec } from '../model/modelFolder.ts';
import { toOurs } from './topology.ts';

/** Samples in one pass: bounds the memory of WebAssembly, which runs out at one batch of 136,000 layers. */
const samplesPerPass = 4096;

type Tensors = Readonly<Record<string, Float32Array>>;

interface Differentiated {
  /** logit(bad) - logit(good) of each sample. */
  differences: Float32Array;
  /** Its gradient by each input tensor, by name. */
  gradients: Record<string, Float32Array>;
}

/** A network on the chosen backend. Everything it returns is plain memory; its tensors never leave it. */
export class Network {
  private readonly model: LayersModel;
  private readonly inputs: readonly (readonly [name: string, shape: readonly number[]])[];

  /** @param inputs shape of one sample by name, in the order of the model's inputs. */
  private constructor(model: LayersModel, inputs: Readonly<Record<string, readonly number[]>>) {
    this.model = model;
    this.inputs = Object.entries(inputs);
  }

  /**
   * @param topology as in model.json; `weights` in its order of layers.
   * @throws {Error} when topology, weights and inputs do not fit each other; the message says which.
   */
  static async load(
    topology: Topology,
    specs: readonly WeightSpec[],
    weights: Float32Array,
    inputs: Readonly<Record<string, readonly number[]>>,
  ): Promise<Network> {
    const model = await models.modelFromJSON({ modelTopology: toOurs(topology) });
    try {
      setWeights(model, specs, weights);
      refuseOtherInputs(model, inputs);
      refuseOtherOutputs(model);
    } catch (cause) {
      model.dispose();
      throw cause;
    }
    return new Network(model, inputs);
  }

  /** logit(bad) - logit(good) of each sample. */
  differences(tensors: Tensors, samples: number): Float32Array {
    const result = new Float32Array(samples);
    forEachPass(samples, (first, count) => {
      // Nothing is returned from tidy: it would look for tensors in every element of an array.
      tf.tidy(() => {
        result.set(this.forward(this.pass(tensors, first, count)).dataSync<'float32'>(), first);
      });
    });
    return result;
  }

  /** {@link differences} and their gradients by the inputs. Samples do not see each other. */
  differentiate(tensors: Tensors, samples: number): Differentiated {
    const differences = new Float32Array(samples);
    const gradients = Object.fromEntries(
      this.inputs.map(([name, shape]) => [
        name,
        new Float32Array(samples * tf.util.sizeFromShape([...shape])),
      ]),
    );
    const valueAndGrads = tf.valueAndGrads((...inputs: tf.Tensor[]) => this.forward(inputs));
    forEachPass(samples, (first, count) => {
      tf.tidy(() => {
        const { value, grads } = valueAndGrads(this.pass(tensors, first, count));
        differences.set(value.dataSync<'float32'>(), first);
        this.inputs.forEach(([name, shape], index) => {
          gradients[name]!.set(
            grads[index]!.dataSync<'float32'>(),
            first * tf.util.sizeFromShape([...shape]),
          );
        });
      });
    });
    return { differences, gradients };
  }

  /**
   * The gradient of each sample's difference by what its inputs are made of.
   *
   * @param inputsOf makes the inputs of `[samples, length]` values in operations of TensorFlow.js.
   * @param values `samples` rows of equal length.
   */
  gradient(
    inputsOf: (rows: tf.Tensor2D) => tf.Tensor[],
    values: Float32Array,
    samples: number,
  ): Float32Array {
    const length = values.length / samples;
    const result = new Float32Array(values.length);
    const slope = tf.grad((rows) => this.forward(inputsOf(rows as tf.Tensor2D)));
    forEachPass(samples, (first, count) => {
      tf.tidy(() => {
        const rows = tf.tensor2d(values.subarray(first * length, (first + count) * length), [count, length]);
        result.set(slope(rows).dataSync<'float32'>(), first * length);
      });
    });
    return result;
  }

  dispose(): void {
    this.model.dispose();
  }

  private pass(tensors: Tensors, first: number, count: number): tf.Tensor[] {
    return this.inputs.map(([name, shape]) => {
      const size = tf.util.sizeFromShape([...shape]);
      return tf.tensor(
        tensors[name]!.subarray(first * size, (first + count) * size),
        [count, ...shape],
        'float32',
      );
    });
  }

  private forward(inputs: tf.Tensor[]): tf.Tensor1D {
    const output = this.model.apply(inputs.length === 1 ? inputs[0]! : inputs) as tf.Tensor2D;
    const [samples, logits] = output.shape;
    const column = (index: number) =>
      tf.reshape(tf.slice(output, [0, index], [samples, 1]), [samples]) as tf.Tensor1D;
    return logits === 1 ? column(0) : tf.sub(column(1), column(0));
  }
}

function forEachPass(samples: number, run: (first: number, count: number) => void): void {
  for (let first = 0; first < samples; first += samplesPerPass) {
    run(first, Math.min(samplesPerPass, samples - first));
  }
}

function setWeights(model: LayersModel, specs: readonly WeightSpec[], weights: Float32Array): void {
  const wanted = model.getWeights().map((weight) => weight.shape.join('x'));
  const given = specs.map(({ shape }) => shape.join('x'));
  if (wanted.join() !== given.join()) {
    throw new Error(`the weights (${given.join(', ')}) do not fit the topology (${wanted.join(', ')})`);
  }
  let offset = 0;
  const tensors = specs.map(({ shape }) => {
    const size = tf.util.sizeFromShape([...shape]);
    offset += size;
    return tf.tensor(weights.subarray(offset - size, offset), [...shape], 'float32');
  });
  model.setWeights(tensors);
  tf.dispose(tensors);
}

function refuseOtherInputs(model: LayersModel, inputs: Readonly<Record<string, readonly number[]>>): void {
  const has = model.inputs.map(({ shape }) => shape.slice(1).join('x')).join(', ');
  const needs = Object.values(inputs)
    .map((shape) => shape.join('x'))
    .join(', ');
  if (has !== needs) throw new Error(`the network takes ${has}, its preprocessing makes ${needs}`);
}

function refuseOtherOutputs(model: LayersModel): void {
  const shapes = model.outputs.map(({ shape }) => shape.slice(1).join('x'));
  if (shapes.length !== 1 || !['1', '2'].includes(shapes[0]!)) {
    throw new Error(`the network answers with ${shapes.join(', ')}, expected 1 or 2 logits for each sample`);
  }
}
