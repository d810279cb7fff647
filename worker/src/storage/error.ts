/** What is wrong with the database or its directory, in one line for the user; never holds a password. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
