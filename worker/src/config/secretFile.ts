import { readFileSync } from 'node:fs';

/**
 * Reads a secret, as Docker and Kubernetes hand them out: the first line of a file.
 *
 * @throws {Error} whose message says what to do, to be put behind the variable's name.
 */
export function readSecretFile(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const reasons: Record<string, string> = {
      ENOENT: 'does not exist; check the path',
      EACCES: 'may not be read by this user; check its permissions',
      EISDIR: 'is a folder; name the file in it',
    };
    throw new Error(`names ${file}, which ${reasons[code] ?? `cannot be read (${code})`}`, { cause: error });
  }
  const secret = text.split(/\r?\n/, 1)[0]?.trim() ?? '';
  if (secret === '') throw new Error(`names ${file}, whose first line is empty; write the secret there`);
  return secret;
}
