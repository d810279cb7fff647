import { open } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { allChambers, formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import { FileError, whyNot } from '@dtdqm/detector/files';
import type { RecordedSnapshot } from '@dtdqm/simulator/sources';
import { readConfig } from '../config/index.ts';
import { DqmError, type ListedRun, type OccupancySource } from '../dqm/source.ts';
import { openClient } from '../source.ts';
import { say } from './commandLine.ts';
import { stopSignal } from './stopSignal.ts';

export interface RecordOptions {
  out: string;
  /** Seconds from one look to the next. */
  every: number;
  /** Minutes without anything new after which it ends. */
  quiet: number;
}

/**
 * Writes down a run in progress as the DQM server shows it, for `replay-run`: a line for each chamber that differs from its line before. Ends when
 * nothing more comes, or when somebody ends it; what is written stays.
 *
 * @throws {Error} without DQM_URL, {FileError} when the file is there already or cannot be written.
 */
export async function recordRun(number: number, { out, every, quiet }: RecordOptions): Promise<void> {
  const config = readConfig();
  if (config.dqmUrl === undefined)
    throw new Error('set DQM_URL to the DQM server whose run is to be recorded');
  const stopping = stopSignal();
  const source = openClient(config, config.dqmUrl);
  const run: ListedRun = { run: number, dataset: config.dqmDataset };
  const file = await open(out, 'wx').catch((cause: unknown) => {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new FileError(
      isThere ? `${out} exists already; name a new file` : `${out} cannot be written: ${whyNot(cause)}`,
      {
        cause,
      },
    );
  });
  const recorder = new RunRecorder(source, run);
  let [looks, lines, newAt] = [0, 0, Date.now()];
  try {
    while (!stopping.aborted && Date.now() - newAt < quiet * 60_000) {
      const began = Date.now();
      const snapshots = await recorder.look(stopping).catch((error: unknown) => {
        if (stopping.aborted) return [];
        throw error;
      });
      if (snapshots.length > 0) {
        await file.write(snapshots.map((each) => `${JSON.stringify(each)}\n`).join(''));
        newAt = Date.now();
      }
      looks += 1;
      lines += snapshots.length;
      const rest = began + every * 1000 - Date.now();
      await delay(Math.max(0, rest), undefined, { signal: stopping }).catch(() => undefined);
    }
  } finally {
    await file.close();
    await source.close();
  }
  say(`Run ${number}: ${lines} snapshots of chambers from ${looks} looks in ${out}.`, {
    run: number,
    looks,
    lines,
    out,
  });
}

/** Looks at a run again and again, and gives what differs from the look before. */
export class RunRecorder {
  readonly #source: OccupancySource;
  readonly #run: ListedRun;
  readonly #shown = new Map<string, string>();
  #startedAt: string | null = null;

  constructor(source: OccupancySource, run: ListedRun) {
    this.#source = source;
    this.#run = run;
  }

  /** Chambers that could not be fetched, or are not there, are left out until they can. */
  async look(signal: AbortSignal): Promise<RecordedSnapshot[]> {
    this.#startedAt ??= await this.#start(signal);
    const at = new Date().toISOString();
    const progress = await unlessUnknown(() => this.#source.fetchProgress(this.#run, signal));
    const shown = await Promise.all(
      allChambers.map(async (chamber) => ({ chamber, matrix: await this.#fetch(chamber, signal) })),
    );
    return shown.flatMap(({ chamber, matrix }) => {
      const text = JSON.stringify(matrix);
      const key = formatChamber(chamber);
      if (matrix === null || this.#shown.get(key) === text) return [];
      this.#shown.set(key, text);
      const lumisection = progress?.lumisection ?? null;
      return [{ at, run: this.#run.run, lumisection, startedAt: this.#startedAt, ...chamber, matrix }];
    });
  }

  async #fetch(chamber: ChamberId, signal: AbortSignal): Promise<Matrix | null> {
    return unlessUnknown(() => this.#source.fetchChamber(this.#run, chamber, signal));
  }

  async #start(signal: AbortSignal): Promise<string | null> {
    const start = await unlessUnknown(() => this.#source.fetchRunStart(this.#run, signal));
    return start === null ? null : new Date(start).toISOString();
  }
}

async function unlessUnknown<Told>(ask: () => Promise<Told>): Promise<Told | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof DqmError) return null;
    throw error;
  }
}
