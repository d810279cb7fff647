import * as tf from '@tensorflow/tfjs-core';
import { type BackendName, BackendError, type BackendChoice } from '../scorer.ts';
import { whyNoTensorflow } from './nativeBinding.ts';

export interface Backend {
  readonly name: BackendName;
  /** One line for the log: what computes the scores, and why. */
  readonly reason: string;
}

let selected: { choice: BackendChoice; backend: Promise<Backend> } | undefined;

/**
 * Chooses what TensorFlow.js computes with, once for this thread: tfjs-node when it loads, else WebAssembly; the slow
 * plain-JavaScript backend only when asked for by name.
 *
 * @throws {BackendError} when the backend asked for does not load, or another one is already in use in this thread.
 */
export function selectBackend(choice: BackendChoice = 'auto'): Promise<Backend> {
  if (selected && selected.choice !== choice) {
    throw new BackendError(
      `backend "${selected.choice}" is already in use in this thread, cannot change to "${choice}"`,
    );
  }
  selected ??= { choice, backend: load(choice) };
  return selected.backend;
}

async function load(choice: BackendChoice): Promise<Backend> {
  // Silences TensorFlow.js's advertisements on the console; it changes no result.
  tf.enableProdMode();
  if (choice === 'cpu') return useCpu();
  if (choice === 'wasm') return useWasm('asked for');
  const obstacle = whyNoTensorflow() ?? (await tryTensorflow());
  if (obstacle === undefined)
    return { name: 'tensorflow', reason: `TensorFlow (tfjs-node): ${askedFor(choice)}` };
  if (choice === 'tensorflow') throw new BackendError(`backend "tensorflow" does not load: ${obstacle}`);
  return useWasm(obstacle);
}

function askedFor(choice: BackendChoice): string {
  return choice === 'auto' ? 'it loads here and is the fastest' : 'asked for';
}

/** Returns why it did not work, or undefined when tfjs-node is in use. */
async function tryTensorflow(): Promise<string | undefined> {
  try {
    const optionalPackage = '@tensorflow/tfjs-node';
    await import(optionalPackage);
    return (await tf.setBackend('tensorflow')) ? undefined : 'tfjs-node loaded but does not start';
  } catch (cause) {
    return `tfjs-node does not load (${firstLine(cause)})`;
  }
}

async function useWasm(why: string): Promise<Backend> {
  try {
    await withoutNewListeners(async () => {
      await import('@tensorflow/tfjs-backend-wasm');
      if (!(await tf.setBackend('wasm'))) throw new Error('it does not start');
    });
  } catch (cause) {
    throw new BackendError(`backend "wasm" does not load: ${firstLine(cause)}`, { cause });
  }
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) ? 'with SIMD' : 'without SIMD';
  return { name: 'wasm', reason: `WebAssembly ${simd}: ${why}` };
}

/** Emscripten listens for crashes of the whole process to rethrow them with its own text; that is not its business. */
async function withoutNewListeners(load: () => Promise<void>): Promise<void> {
  const before = new Set<unknown>(fatalEvents.flatMap((event) => process.rawListeners(event)));
  await load();
  for (const event of fatalEvents) {
    for (const listener of process.rawListeners(event)) {
      if (!before.has(listener)) process.removeListener(event, listener as () => void);
    }
  }
}
const fatalEvents = ['uncaughtException', 'unhandledRejection'];

async function useCpu(): Promise<Backend> {
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return { name: 'cpu', reason: 'plain JavaScript, the slowest: asked for' };
}

function firstLine(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!.trim();
}
