import { z } from 'zod';
import { featureNames } from '../features/features.ts';
import { Network } from '../network/network.ts';
import { original47 } from '../preprocessing/original47.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import {
  firstShapeAndRate,
  fourthShapeAndRate,
  secondShapeAndRate,
  shapeAndRate,
  thirdShapeAndRate,
  withFeatures,
} from '../preprocessing/shapeAndRate.ts';
import { type ModelMetadata, ModelError, readModelFolder } from './modelFolder.ts';

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
    const preprocessing = createPreprocessing(metadata.preprocessing);
    const network = await Network.load(topology, specs, weights, preprocessing.inputs);
    return { metadata, preprocessing, network };
  } catch (cause) {
    throw new ModelError(`model ${folder} does not load: ${(cause as Error).message}`, { cause });
  }
}

/** Every preprocessing that a model may name. A changed preprocessing is a new name: old models keep theirs. */
const preprocessings: readonly Preprocessing[] = [
  original47,
  shapeAndRate,
  fourthShapeAndRate,
  thirdShapeAndRate,
  secondShapeAndRate,
  firstShapeAndRate,
];

/** `preprocessing.parameters` of a model of shape and rate: the features that it was trained with, all of them unless set. */
const parametersSchema = z.object({ features: z.array(z.enum(featureNames)).min(1) }).partial();

/** @throws {Error} when there is no such preprocessing or the parameters do not fit it. */
function createPreprocessing({ name, parameters }: ModelMetadata['preprocessing']): Preprocessing {
  const known = preprocessings.find((each) => each.name === name);
  if (!known) {
    const names = preprocessings.map((each) => each.name).join(', ');
    throw new Error(`preprocessing "${name}" is not known here: expected ${names}`);
  }
  if (known === original47 || known === firstShapeAndRate) return known;
  const { features } = parametersSchema.parse(parameters ?? {});
  return features ? withFeatures(known, name, features) : known;
}
