import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, type LayerVariable } from '@tensorflow/tfjs-layers';
import { product } from './product.ts';
import { allowOnly, isTraining, onlyInput, type Shape } from './standIn.ts';

const activations = { linear: (sums: tf.Tensor) => sums, relu: tf.relu, sigmoid: tf.sigmoid, tanh: tf.tanh };
type Activation = keyof typeof activations;

/**
 * Keras' Dense with the gradient of {@link product}.
 *
 * `[samples, inner]` -> `[samples, units]`.
 */
export class ProductDense extends layers.Layer {
  static className = 'ProductDense';
  private readonly units: number;
  private readonly activation: Activation;
  private readonly useBias: boolean;
  private readonly seed: number;
  private kernel: LayerVariable | undefined;
  private bias: LayerVariable | undefined;

  constructor(config: {
    name?: string;
    units: number;
    activation?: Activation;
    useBias?: boolean;
    seed?: number;
  }) {
    super(config.name === undefined ? {} : { name: config.name });
    this.units = config.units;
    this.activation = config.activation ?? 'linear';
    this.useBias = config.useBias ?? true;
    this.seed = config.seed ?? 0;
    allowOnly(this.name, 'activation', config.activation, Object.keys(activations));
  }

  override build(inputShape: Shape | Shape[]): void {
    const shape = inputShape as number[];
    if (shape.length !== 2)
      throw new Error(`layer "${this.name}": takes one row of values a sample, not a grid`);
    const initial = initializers.glorotUniform({ seed: this.seed });
    this.kernel = this.addWeight('kernel', [shape[1]!, this.units], 'float32', initial);
    if (this.useBias) this.bias = this.addWeight('bias', [this.units], 'float32', initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return [(inputShape as Shape)[0]!, this.units];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], keywords?: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => {
      const kernel = this.kernel!.read() as tf.Tensor2D;
      const sums = product(onlyInput(inputs) as tf.Tensor2D, kernel, isTraining(keywords));
      return activations[this.activation](this.bias ? tf.add(sums, this.bias.read()) : sums);
    });
  }
}

tf.serialization.registerClass(ProductDense);
