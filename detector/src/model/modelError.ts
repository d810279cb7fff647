/** A model folder or file that cannot be used; the message names it and the reason. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}
