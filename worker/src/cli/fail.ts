import { CommanderError } from 'commander';

/** Wrong usage, as shells and commander's own messages have it. */
const usageCode = 2;

/**
 * Tells the user what went wrong, in a line with the fix; the stack only when LOG_LEVEL is debug.
 *
 * @returns the exit code: 0 for help and version, 2 for wrong usage, 1 for everything else.
 */
export function reportFailure(error: unknown, env: NodeJS.ProcessEnv = process.env): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
  const debug = env['LOG_LEVEL'] === 'debug' || env['LOG_LEVEL'] === 'trace';
  const text = debug && error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  process.stderr.write(`dtdqm: ${text}\n`);
  return 1;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}
