import type { SaliencyMethodName } from '@dtdqm/contract';
import { z } from 'zod';
import { judgeByThreshold, scoresOf } from './faults/judge.ts';
import { judgeWhole } from './faults/wholeChamber.ts';
import { featureNames } from './features/features.ts';
import { type ModelMetadata, ModelError, readModelFolder } from './model/modelFolder.ts';
import { Network } from './network/network.ts';
import { withPooledArrays, withOwnArrays } from './prepare/arrayPool.ts';
import {
  chamberWires,
  type ChamberCells,
  type ChamberWires,
  type LayerWires,
} from './prepare/chamberWires.ts';
import { original47 } from './preprocessing/original47.ts';
import type { Judgement, JudgeOptions, Preprocessing } from './preprocessing/preprocessing.ts';
import {
  firstShapeAndRate,
  secondShapeAndRate,
  shapeAndRate,
  thirdShapeAndRate,
  withFeatures,
} from './preprocessing/shapeAndRate.ts';
import { explain, methodOf } from './saliency/methods.ts';
import type { ScoreOptions } from './scorer.ts';

export interface JudgedChamber extends Judgement {
  /** Attribution per wire; undefined when it was not asked for. */
  readonly attribution: LayerWires | undefined;
  /** How it was made. */
  readonly saliencyMethod: SaliencyMethodName | undefined;
}

/**
 * Judges chambers with one model on this thread's backend: clean, prepare, network, calibrate, judge, explain.
 *
 * @param inputs with valid matrices (see `validateInputs`).
 */
export function scoreChambers(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  options: ScoreOptions = {},
): JudgedChamber[] {
  return withPooledArrays(() => scoreAndExplain(model, inputs, options));
}

function scoreAndExplain(
  model: LoadedModel,
  inputs: readonly ChamberCells[],
  { saliency = true, method = methodOf(model), hotIsBad }: ScoreOptions,
): JudgedChamber[] {
  const { metadata, preprocessing, network } = model;
  const chambers = inputs.map(chamberWires);
  const samples = preprocessing.prepare(chambers);
  const differences = network.differences(samples.tensors, samples.layers.length);
  const scores = scoresOf(samples, differences, chambers.length, metadata.calibration);
  const attributions = saliency ? withOwnArrays(() => explain(model, chambers, method)) : [];
  return chambers.map((chamber, index) => {
    const saliencyMethod = saliency ? method : undefined;
    return {
      ...judge(model, chamber, scores[index]!, { hotIsBad }),
      attribution: attributions[index],
      saliencyMethod,
    };
  });
}

/** @param scores of its layers, by the network. */
export function judge(
  { metadata, preprocessing }: LoadedModel,
  chamber: ChamberWires,
  scores: readonly number[],
  options: JudgeOptions = {},
): Judgement {
  return (
    judgeWhole(chamber, scores) ??
    preprocessing.judge?.(chamber, scores, metadata.thresholds, options) ??
    judgeByThreshold(scores, metadata.thresholds)
  );
}

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
  return features ? withFeatures(name, features) : known;
}
