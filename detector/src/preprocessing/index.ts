import { original47 } from './original47.ts';
import { firstShapeAndRate, shapeAndRate } from './shapeAndRate.ts';
import type { Preprocessing, PreprocessingFactory } from './preprocessing.ts';

/** Every preprocessing that a model may name. A changed preprocessing is a new name: old models keep theirs. */
const factories: Readonly<Record<string, PreprocessingFactory>> = {
  [original47.name]: () => original47,
  [shapeAndRate.name]: () => shapeAndRate,
  [firstShapeAndRate.name]: () => firstShapeAndRate,
};

export const preprocessingNames = Object.keys(factories);

/** @throws {Error} when there is no such preprocessing or the parameters do not fit it. */
export function createPreprocessing(name: string, parameters: unknown): Preprocessing {
  const factory = Object.hasOwn(factories, name) ? factories[name] : undefined;
  if (!factory)
    throw new Error(`preprocessing "${name}" is not known here: expected ${preprocessingNames.join(', ')}`);
  return factory(parameters);
}
