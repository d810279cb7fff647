/** What may be asked for; `auto` takes the fastest that loads. Apart from `backend.ts`, which loads TensorFlow.js. */
export const backendChoices = ['auto', 'tensorflow', 'wasm', 'cpu'] as const;
export type BackendChoice = (typeof backendChoices)[number];

/** A backend that was asked for and does not load; the message says why. */
export class BackendError extends Error {
  override readonly name = 'BackendError';
}
