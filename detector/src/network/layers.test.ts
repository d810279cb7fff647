import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { models, type LayersModel } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, test } from 'vitest';
import { originalSpecs, untrainedWeights } from '../testing/index.ts';
import type { Topology } from '../model/modelFolder.ts';
import { originalTopology } from '../preprocessing/original47.ts';
import { toOurs } from './topology.ts';

/** TensorFlow.js's own layers on its plain-JavaScript backend are the truth that ours are compared with. */
beforeAll(() => tf.setBackend('cpu'));

async function both(topology: Topology): Promise<[theirs: LayersModel, ours: LayersModel]> {
  const theirs = await models.modelFromJSON({ modelTopology: structuredClone(topology) });
  const ours = await models.modelFromJSON({ modelTopology: toOurs(topology) });
  return [theirs, ours];
}

function originalWeights(): tf.Tensor[] {
  const values = untrainedWeights();
  let first = 0;
  return originalSpecs.map(({ shape }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tf.tensor(values.subarray(first, (first += size)), [...shape]);
  });
}

const someLayers = () =>
  tf.tensor2d(
    Float32Array.from({ length: 8 * 47 }, (_, i) => Math.abs(Math.sin(i * 1.7))),
    [8, 47],
  );

describe('the original architecture', () => {
  test('gives the probabilities of Keras layers, as logits', async () => {
    const [theirs, ours] = await both(originalTopology);
    theirs.setWeights(originalWeights());
    ours.setWeights(originalWeights());
    const probabilities = (theirs.predict(someLayers()) as tf.Tensor).dataSync();
    const ofLogits = tf.softmax(ours.apply(someLayers()) as tf.Tensor).dataSync();
    probabilities.forEach((value, index) => expect(ofLogits[index]).toBeCloseTo(value, 5));
  });

  test('has the gradients of Keras layers, by inputs and by weights', async () => {
    const [theirs, ours] = await both(toLinear(originalTopology));
    theirs.setWeights(originalWeights());
    ours.setWeights(originalWeights());
    const inputGradient = (model: LayersModel) =>
      tf
        .grad((x) => tf.sum(tf.square(model.apply(x) as tf.Tensor)))(someLayers())
        .dataSync();
    const expected = inputGradient(theirs);
    inputGradient(ours).forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 3));

    const weightGradients = (model: LayersModel) => {
      const loss = (): tf.Scalar =>
        tf.sum(tf.square(model.apply(someLayers(), { training: true }) as tf.Tensor));
      const { grads } = tf.variableGrads(loss, model.trainableWeights.map((weight) => weight.read() as tf.Variable)); // prettier-ignore
      return Object.values(grads).map((gradient) => gradient.dataSync());
    };
    const wanted = weightGradients(theirs);
    weightGradients(ours).forEach((values, index) =>
      values.forEach((value, cell) => expect(value).toBeCloseTo(wanted[index]![cell]!, 2)),
    );
  });

  test('starts from the same weights for the same seed only', async () => {
    const initial = async (seed: number) =>
      (await models.modelFromJSON({ modelTopology: toOurs(originalTopology, seed) }))
        .getWeights()
        .flatMap((weight) => [...weight.dataSync()]);
    expect(await initial(3)).toEqual(await initial(3));
    expect(await initial(3)).not.toEqual(await initial(4));
  });
});

describe('what a stand-in cannot do is refused with layer and field', () => {
  const withConvolution = (changes: Topology): Topology => {
    const topology = structuredClone(originalTopology);
    const layers = (topology.config as { layers: { config: Topology }[] }).layers;
    Object.assign(layers[1]!.config, changes);
    return topology;
  };

  test.each([
    [{ strides: [2] }, 'layer "convolution": strides [2] is not supported, only 1'],
    [{ padding: 'same' }, 'layer "convolution": padding "same" is not supported, only valid'],
    [{ activation: 'elu' }, 'layer "convolution": activation "elu" is not supported, only linear or relu'],
  ])('%j', async (changes, message) => {
    await expect(models.modelFromJSON({ modelTopology: toOurs(withConvolution(changes)) })).rejects.toThrow(
      message,
    );
  });
});

function toLinear(topology: Topology): Topology {
  const linear = structuredClone(topology);
  const layers = (linear.config as { layers: { config: Topology }[] }).layers;
  layers.at(-1)!.config.activation = 'linear';
  return linear;
}
