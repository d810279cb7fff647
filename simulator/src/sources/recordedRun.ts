import {
  type ChamberId,
  type Matrix,
  chamberIdSchema,
  formatChamber,
  matrixSchema,
  runNumberSchema,
} from '@dtdqm/contract';
import { open, type FileHandle } from 'node:fs/promises';
import { readSync } from 'node:fs';
import { z } from 'zod';
import { lumisectionSeconds } from '../detector/index.ts';
import type { HistogramSource, SourceRun } from './replay.ts';

/**
 * One line of a recording of runs in progress: one chamber as a DQM server showed it at one moment. Lines of a chamber whose matrix did not
 * change may be left out.
 */
export const snapshotSchema = z
  .object({
    run: runNumberSchema,
    /** When it was fetched. */
    at: z.iso.datetime(),
    /** That the run had reached; null or absent where the server did not tell. */
    lumisection: z.int().min(0).nullish(),
    /** When the run began; null or absent where the server did not tell. */
    startedAt: z.iso.datetime().nullish(),
    matrix: matrixSchema,
  })
  .and(chamberIdSchema);
export type RecordedSnapshot = z.input<typeof snapshotSchema>;

/** Where a line stands in the file, and when it was recorded. */
interface Place {
  at: number;
  offset: number;
  length: number;
}

interface RecordedRun {
  startedAt: number | undefined;
  /** Lumisections by the time at which they were reached, ascending. */
  reached: { at: number; lumisection: number }[];
  /** By `formatChamber`, ascending in time. */
  chambers: Map<string, Place[]>;
}

/** Snapshots of runs in progress, shown again in the order and at the distances in time at which they were recorded. */
export class RecordedRuns implements HistogramSource {
  readonly origin = 'replayed';
  readonly #file: FileHandle;
  readonly #runs: ReadonlyMap<number, RecordedRun>;
  readonly #first: number;
  readonly #settings: Required<PlaySettings>;
  #start: number | undefined;

  constructor(file: FileHandle, runs: ReadonlyMap<number, RecordedRun>, settings: Required<PlaySettings>) {
    this.#file = file;
    this.#runs = runs;
    this.#settings = settings;
    const all = [...runs.values()].flatMap(({ chambers }) => [...chambers.values()].flat());
    this.#first = all.reduce((earliest, { at }) => Math.min(earliest, at), Infinity);
  }

  /** Milliseconds from the first snapshot to the last, as they were recorded. */
  get length(): number {
    const lasts = [...this.#runs.values()].flatMap(({ chambers }) =>
      [...chambers.values()].map((places) => places.at(-1)!.at),
    );
    return lasts.reduce((latest, at) => Math.max(latest, at), this.#first) - this.#first;
  }

  runs(): SourceRun[] {
    const { dataset, speed } = this.#settings;
    const at = this.#recordedNow();
    return [...this.#runs]
      .filter(([, { chambers }]) => [...chambers.values()].some((places) => places[0]!.at <= at))
      .sort(([a], [b]) => a - b)
      .map(([run, { startedAt, reached }]) => ({
        run,
        dataset,
        lumisections: reached.findLast((each) => each.at <= at)?.lumisection ?? 0,
        lumisectionSeconds: lumisectionSeconds / speed,
        ...(startedAt === undefined ? {} : { startedAt: this.#played(startedAt) }),
      }));
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    const at = this.#recordedNow();
    const place = this.#runs
      .get(run)
      ?.chambers.get(formatChamber(chamber))
      ?.findLast((each) => each.at <= at);
    if (!place) return undefined;
    const line = Buffer.alloc(place.length);
    readSync(this.#file.fd, line, 0, place.length, place.offset);
    return snapshotSchema.parse(JSON.parse(line.toString('utf8'))).matrix;
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  /** It begins when it is first looked at. */
  #recordedNow(): number {
    const now = this.#settings.now();
    this.#start ??= now;
    return this.#first + (now - this.#start) * this.#settings.speed;
  }

  /** When something that was recorded is shown. */
  #played(at: number): number {
    this.#recordedNow();
    return this.#start! + (at - this.#first) / this.#settings.speed;
  }
}

export interface PlaySettings {
  dataset?: string;
  /** How many times as fast as it was recorded. */
  speed?: number;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/**
 * Reads a recording of runs in progress: a line for each chamber at each moment, see {@link snapshotSchema}. Only where they stand is kept in memory.
 *
 * @throws {Error} naming file, line, field and rule when a line is malformed or out of order, or when the file cannot be read or is empty.
 */
export async function readRecordedRuns(
  path: string,
  { dataset = 'Global/Online/ALL', speed = 1, now = Date.now }: PlaySettings = {},
): Promise<RecordedRuns> {
  const file = await open(path).catch((fault: Error) => {
    throw new Error(`cannot read recording: ${fault.message}`, { cause: fault });
  });
  try {
    const runs = new Map<number, RecordedRun>();
    let number = 0;
    for await (const { text, offset, length } of linesOf(file)) {
      number += 1;
      if (text.trim() === '') continue;
      try {
        take(runs, parseSnapshot(text), { offset, length });
      } catch (fault) {
        throw new Error(`${path} line ${number}: ${(fault as Error).message}`, { cause: fault });
      }
    }
    if (runs.size === 0) throw new Error(`${path}: no recorded snapshot in it`);
    return new RecordedRuns(file, runs, { dataset, speed, now });
  } catch (fault) {
    await file.close();
    throw fault;
  }
}

async function* linesOf(file: FileHandle): AsyncGenerator<{ text: string; offset: number; length: number }> {
  let offset = 0;
  let rest: Buffer = Buffer.alloc(0);
  const stream = file.createReadStream({ autoClose: false, start: 0 });
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let begin = 0;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10, begin)) {
      yield { text: rest.toString('utf8', begin, end), offset: offset + begin, length: end - begin };
      begin = end + 1;
    }
    offset += begin;
    rest = rest.subarray(begin);
  }
  if (rest.length > 0) yield { text: rest.toString('utf8'), offset, length: rest.length };
}

function parseSnapshot(line: string): z.output<typeof snapshotSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SyntaxError(
      'not a JSON object; expected {"at", "run", "wheel", "station", "sector", "matrix"}',
    );
  }
  const parsed = snapshotSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'snapshot'} ${message}`);
  throw new RangeError(faults.slice(0, 3).join('; '));
}

function take(
  runs: Map<number, RecordedRun>,
  { run, at: time, lumisection, startedAt, matrix: _, ...chamber }: z.output<typeof snapshotSchema>,
  place: Omit<Place, 'at'>,
): void {
  const at = Date.parse(time);
  const recorded = runs.get(run) ?? {
    startedAt: undefined,
    reached: [],
    chambers: new Map<string, Place[]>(),
  };
  runs.set(run, recorded);
  if (startedAt) recorded.startedAt ??= Date.parse(startedAt);
  const key = formatChamber(chamber);
  const places = recorded.chambers.get(key) ?? [];
  const last = places.at(-1);
  if (last && last.at >= at)
    throw new RangeError(`at must be later than that of the line of ${key} before it`);
  places.push({ at, ...place });
  recorded.chambers.set(key, places);
  const reached = recorded.reached.at(-1);
  if (lumisection && (!reached || lumisection > reached.lumisection))
    recorded.reached.push({ at, lumisection });
}
