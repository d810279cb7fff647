import { userInfo } from 'node:os';
import { type Config, readConfig } from '../config/index.ts';
import { createLog } from '../log.ts';
import { untilAborted, waitAtMost } from '../storage/connectionErrors.ts';
import { type Storage, hastyStopMs, openStorage } from '../storage/storage.ts';
import { stopSignal } from './stopSignal.ts';
import { InvalidArgumentError } from 'commander';

/** How long work that was given up may take to clear away what it had begun. */
const clearingMs = 500;

/**
 * Opens the database that the configuration names for one command, and closes it afterwards, also when somebody ends the command.
 *
 * @param signal ends it.
 */
export async function withDatabase<T>(
  work: (storage: Storage, config: Config, signal: AbortSignal) => Promise<T>,
  signal = stopSignal(),
): Promise<T> {
  const config = readConfig();
  const { databaseUrl, dataDirectory, logFormat } = config;
  const log = createLog({ level: 'warn', format: logFormat, stream: process.stderr });
  const opening = openStorage({ databaseUrl, dataDirectory, log, connections: 4, signal });
  let working: Promise<T> | undefined;
  try {
    const storage = await untilAborted(opening, signal);
    const lost = storage.lost.then((error) => Promise.reject(error));
    working = work(storage, config, signal);
    return await untilAborted(Promise.race([working, lost]), signal);
  } finally {
    if (working !== undefined) await waitAtMost(clearingMs, working);
    const storage = await opening.catch(() => undefined);
    await storage?.close(signal.aborted ? hastyStopMs : undefined);
  }
}

/** Who acts, for journals: the account on this machine. */
export function localActor(): string {
  try {
    return userInfo().username;
  } catch {
    return 'local';
  }
}

/** One line of JSON where a program reads, the words where a person does. */
export function say(words: string, data: object): void {
  process.stdout.write(process.stdout.isTTY ? `${words}\n` : `${JSON.stringify(data)}\n`);
}

/** Reads an option or argument that is a whole number, both ends included. */
export function wholeNumberOption(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A run number or a moment; a moment without a zone is UTC. */
export function sinceOption(text: string): { run: number } | { at: string } {
  if (/^\d{1,10}$/.test(text) && Number(text) >= 1 && Number(text) <= 2_147_483_647)
    return { run: Number(text) };
  const moment = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  const at = moment ? new Date(`${moment[1]}T${moment[2] ?? '00:00'}${moment[3] ?? 'Z'}`) : undefined;
  if (at === undefined || Number.isNaN(at.getTime())) {
    throw new InvalidArgumentError(
      'must be a run number or a moment such as 2026-05-04 or 2026-05-04T06:00Z',
    );
  }
  return { at: at.toISOString() };
}
