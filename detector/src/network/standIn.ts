import type * as tf from '@tensorflow/tfjs-core';

export type Shape = (number | null)[];

/** What Keras writes of initialisers, constraints and regularisers is left aside: weights come from a file or a seed. */
export function plainNumber(value: unknown): number {
  return Number(Array.isArray(value) ? value[0] : value);
}

export function onlyInput(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}

/** TensorFlow.js says in the keyword arguments of `call` whether it trains. */
export function isTraining(keywords: Record<string, unknown> | undefined): boolean {
  return keywords?.training === true;
}

/** @throws {Error} when a Keras layer is configured as its stand-in cannot be; names layer, field and rule. */
export function allowOnly(layer: string, field: string, value: unknown, allowed: readonly unknown[]): void {
  const plain: unknown = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (plain === undefined || plain === null || allowed.includes(plain)) return;
  throw new Error(
    `layer "${layer}": ${field} ${JSON.stringify(value)} is not supported, only ${allowed.join(' or ')}`,
  );
}
