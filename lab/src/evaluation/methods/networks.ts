import {
  featureCount,
  probability,
  type LoadedModel,
  Network,
  originalTopology,
  original47,
  originalLength,
  type Preprocessing,
  shapeAndRate,
} from '@dtdqm/detector/engine';
import type { Topology } from '@dtdqm/detector';
import { fit, type Samples, samplesOf, calibrate, detectorTopology } from '@dtdqm/detector/training';
import type { Dataset, LayerScorer, Method } from './method.ts';

const epochs = 16;

/** A network trained on the evaluation's own training runs, calibrated on its held-out runs. */
function trained(
  name: string,
  source: string,
  topology: Topology,
  preprocessing: Preprocessing,
  samplesOf: (data: Dataset) => Samples,
): Method {
  return {
    name,
    source,
    isProbability: true,
    train: once(async (training, heldOut, seed) => {
      const { specs, weights } = await fit(
        topology,
        preprocessing.inputs,
        samplesOf(training),
        samplesOf(heldOut),
        {
          seed,
          epochs,
          batchSize: 256,
          learningRate: 0.004,
          patience: 6,
          badWeight: 1,
        },
      );
      const network = await Network.load(topology, specs, weights, preprocessing.inputs);
      const differences = (data: Dataset) => {
        const samples = samplesOf(data);
        return network.differences(samples.tensors, samples.count);
      };
      const calibration = calibrate(differences(heldOut), heldOut);
      return (data) => differences(data).map((difference) => probability(difference, calibration));
    }),
  };
}

/** Two methods may build on the same network: it is trained once for the same data. */
function once(train: Method['train']): Method['train'] {
  const known = new WeakMap<Dataset, ReturnType<Method['train']>>();
  return (training, heldOut, seed) => {
    const scorer = known.get(training) ?? train(training, heldOut, seed);
    known.set(training, scorer);
    return scorer;
  };
}

const scaled = (data: Dataset) => data.scaled;

export const shallowNetwork = trained(
  'shallow network',
  'Pol et al., 2019: one hidden layer on the 47 scaled cells',
  renameInput(detectorTopology(originalLength, [16]), 'layer'),
  original47,
  scaled,
);

export const originalRetrained = trained(
  'original CNN architecture, retrained',
  'Pol et al., 2019: Conv1D(10, 3), MaxPool(5), Dense(8), Dense(2)',
  originalTopology,
  original47,
  scaled,
);

export const detectorRetrained = trained(
  'shape-and-rate, retrained on these runs',
  'this project',
  detectorTopology(featureCount, [40, 20]),
  shapeAndRate,
  (data) => data.features,
);

/** A model folder as it is: the shipped detector, or the original network from its file. */
export function asShipped(name: string, source: string, model: LoadedModel): Method {
  return { name, source, isProbability: true, train: () => scorerOf(model) };
}

/** P(bad) of the layers of a dataset by a trained model. */
export function scorerOf({ network, preprocessing, metadata }: LoadedModel): LayerScorer {
  return (data) => {
    const samples = preprocessing === shapeAndRate ? data.features : samplesOf(preprocessing, data.examples);
    return network
      .differences(samples.tensors, samples.count)
      .map((difference) => probability(difference, metadata.calibration));
  };
}

/** CMSSW's DTOccupancyTestML calls a layer bad from this on. */
const cmsswLimit = 0.95;

/** CMSSW's second rule: the CNN, with a hard limit; scores are 0 or 1. */
export function cmsswMl(cnn: Method): Method {
  return {
    name: 'CMSSW DTOccupancyTestML',
    source: `CMSSW, DQM/DTMonitorClient: bad above 0.95, on "${cnn.name}"`,
    isProbability: false,
    async train(training, heldOut, seed) {
      const score = await cnn.train(training, heldOut, seed);
      return (data) => score(data).map((value) => (value > cmsswLimit ? 1 : 0));
    },
  };
}

function renameInput(topology: Topology, name: string): Topology {
  return JSON.parse(JSON.stringify(topology).replace('"features"', JSON.stringify(name))) as Topology;
}
