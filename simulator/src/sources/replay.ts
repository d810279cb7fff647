import {
  type ChamberId,
  type DataSource,
  type Matrix,
  chamberIdSchema,
  formatChamber,
  matrixSchema,
  runNumberSchema,
} from '@dtdqm/contract';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';

export interface SourceRun {
  run: number;
  dataset: string;
  /** Lumisections recorded so far. */
  lumisections: number;
  /** When it began, milliseconds since 1970; not set where that is not known. */
  startedAt?: number;
  /** Seconds that one takes, where time goes faster than it does. */
  lumisectionSeconds?: number;
  /** Whether there are plots of its lumisections one by one. */
  perLumisection?: boolean;
  /** Lumisections of which there are none all the same: their files were never registered, or not yet. */
  notSaved?: readonly number[];
}

/** What stands behind the simulated DQM server: a detector model or recorded chambers. */
export interface HistogramSource {
  /** All runs that can be had now, in ascending order. */
  runs(): SourceRun[];
  /** Histogram of one chamber, or undefined when the run has none for it. */
  chamber(run: number, chamber: ChamberId): Matrix | undefined;
  /** The same of one lumisection alone, from 1; absent where none are saved. Undefined when it has none for it. */
  lumisection?(run: number, chamber: ChamberId, lumisection: number): Matrix | undefined;
  /** What the server that serves it calls it, so that nobody takes it for the detector; `simulated` unless set. */
  readonly origin?: DataSource;
}

/** One line of a recording. Further fields, such as labels, are of no concern here. */
const recordSchema = z.object({ run: runNumberSchema, matrix: matrixSchema }).and(chamberIdSchema);

/** Recorded chambers, served as they were. Runs have the recorded chambers only; all others are absent. */
export class ReplaySource implements HistogramSource {
  readonly origin = 'replayed';
  readonly #dataset: string;
  readonly #runs = new Map<number, Map<string, Matrix>>();

  constructor(dataset = 'Global/Online/ALL') {
    this.#dataset = dataset;
  }

  /** @throws {RangeError} when the chamber is there already. */
  add(run: number, chamber: ChamberId, matrix: Matrix): void {
    const chambers = this.#runs.get(run) ?? new Map<string, Matrix>();
    const key = formatChamber(chamber);
    if (chambers.has(key)) throw new RangeError(`run ${run} ${key} is recorded twice`);
    this.#runs.set(run, chambers.set(key, matrix));
  }

  runs(): SourceRun[] {
    return [...this.#runs.keys()]
      .sort((a, b) => a - b)
      .map((run) => ({ run, dataset: this.#dataset, lumisections: 1 }));
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    return this.#runs.get(run)?.get(formatChamber(chamber));
  }
}

/**
 * Reads recorded chambers, one JSON object a line: `{run, wheel, station, sector, matrix}`.
 *
 * @throws {Error} naming file, line, field and rule when a line is malformed, or when the file cannot be read or is empty.
 */
export async function readReplay(file: string, dataset?: string): Promise<ReplaySource> {
  const source = new ReplaySource(dataset);
  let number = 0;
  let records = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Infinity,
    })) {
      number += 1;
      if (line.trim() === '') continue;
      const { run, matrix, ...chamber } = parseRecord(line);
      source.add(run, chamber, matrix);
      records += 1;
    }
  } catch (fault) {
    const reason = fault instanceof Error ? fault.message : String(fault);
    throw new Error(number === 0 ? `cannot read recording: ${reason}` : `${file} line ${number}: ${reason}`, {
      cause: fault,
    });
  }
  if (records === 0) throw new Error(`${file}: no recorded chamber in it`);
  return source;
}

function parseRecord(line: string): z.output<typeof recordSchema> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new SyntaxError('not a JSON object; expected {"run", "wheel", "station", "sector", "matrix"}');
  }
  const parsed = recordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'record'} ${message}`);
  throw new RangeError(faults.slice(0, 3).join('; '));
}
