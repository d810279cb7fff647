import { seededRandom, shuffled } from '@dtdqm/contract/random';
import { readModelFolder } from '@dtdqm/detector';
import { type LoadedModel, Network } from '@dtdqm/detector/engine';

/** The same model with its weights shuffled, layer by layer: what an explanation of the weights must not survive. */
export async function randomised(model: LoadedModel, folder: string, seed: number): Promise<LoadedModel> {
  const { topology, specs, weights } = await readModelFolder(folder);
  const random = seededRandom(seed);
  let first = 0;
  const mixed = specs.flatMap(({ shape }) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return shuffled([...weights.subarray(first, (first += size))], random);
  });
  const network = await Network.load(topology, specs, Float32Array.from(mixed), model.preprocessing.inputs);
  return { ...model, network };
}
