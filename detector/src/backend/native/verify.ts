import { fileURLToPath } from 'node:url';
import { createScorer } from '../../createScorer.ts';
import type { Scorer, ScorerInput } from '../../scorer.ts';
import { NativeInstallError } from './nativeError.ts';
import { trialChambers } from './trialChambers.ts';

/** Backends must agree on every score within this. */
export const greatestDifferenceAllowed = 1e-4;

/**
 * Scores made-up chambers on TensorFlow and on WebAssembly.
 *
 * @returns the greatest difference of any score.
 * @throws {NativeInstallError} when TensorFlow does not load or the scores differ.
 */
export async function compareBackends(model?: string): Promise<number> {
  const chambers = trialChambers();
  const native = await scoresOn('tensorflow', chambers, model);
  const wasm = await scoresOn('wasm', chambers, model);
  const greatest = Math.max(...native.map((score, index) => Math.abs(score - wasm[index]!)));
  if (!(greatest <= greatestDifferenceAllowed)) {
    throw new NativeInstallError(`TensorFlow's scores differ from WebAssembly's by up to ${greatest}`);
  }
  return greatest;
}

async function scoresOn(
  backend: Scorer['backend'],
  chambers: readonly ScorerInput[],
  model: string | undefined,
): Promise<number[]> {
  const scorer = await createScorer({ backend, model });
  try {
    return (await scorer.score(chambers, { saliency: false })).flatMap(({ scores }) => scores);
  } finally {
    await scorer.close();
  }
}

/** This file, to be run apart: a native part that crashes must not take the installer with it. */
export const verifyScript = fileURLToPath(new URL('./verifyProcess.js', import.meta.url));
