import { Network } from '../network/network.ts';
import { createPreprocessing } from '../preprocessing/index.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import type { ModelMetadata } from './metadata.ts';
import { ModelError } from './modelError.ts';
import { readModelFolder } from './readModelFolder.ts';

/** A model ready to score on the backend in use. */
export interface LoadedModel {
  readonly metadata: ModelMetadata;
  readonly preprocessing: Preprocessing;
  readonly network: Network;
}

/**
 * Loads a model folder onto the backend that was selected before.
 *
 * @throws {ModelError} when the folder is incomplete, newer, or its parts do not fit each other.
 */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const { metadata, topology, specs, weights } = await readModelFolder(folder);
  try {
    const preprocessing = createPreprocessing(metadata.preprocessing.name, metadata.preprocessing.parameters);
    const network = await Network.load(topology, specs, weights, preprocessing.inputs);
    return { metadata, preprocessing, network };
  } catch (cause) {
    throw new ModelError(`model ${folder} does not load: ${(cause as Error).message}`, { cause });
  }
}
