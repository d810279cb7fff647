import {
  chamberIdSchema,
  formatChamber,
  matrixSchema,
  runNumberSchema,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { FileError, refuseSpecialFile, removeAtExit, whyNot } from './files.ts';
import { occupancyTest } from './occupancyTest.ts';
import { inputsOfRun } from './run/inputsOfRun.ts';
import type { Scorer, ScorerInput } from './scorer.ts';

/** Chambers scored at a time, or a few more: a run is not torn apart, since its chambers tell what to expect of each other. */
const chambersPerBatch = 256;
/** But one that has more is: there are 250 chambers, so it holds several looks or several runs. */
const mostPerBatch = 2 * chambersPerBatch;

/**
 * Scores a recording as it streams by; chambers of a run that stand together are compared with each other. Empty lines are passed over.
 *
 * @param write takes whole lines `{run, wheel, station, sector, scores, verdicts, faults, model, cmsswOccupancyTest}`.
 * @param past good runs, as {@link readPast} gives them: each run is compared with the newest {@link runsBefore} before it.
 * @returns how many chambers were scored.
 * @throws {LineError} at the first line that is not a chamber.
 */
export async function scoreLines(
  scorer: Scorer,
  input: Readable,
  write: (text: string) => Promise<void>,
  past: Past = new Map(),
): Promise<number> {
  let batch: RecordedChamber[] = [];
  let scored = 0;
  const flush = async () => {
    await write(await scoreBatch(scorer, batch, past));
    scored += batch.length;
    batch = [];
  };
  for await (const line of linesOf(input)) {
    const isNextRun = batch.length > 0 && line.run !== batch.at(-1)!.run;
    if (batch.length >= (isNextRun ? chambersPerBatch : mostPerBatch)) await flush();
    batch.push(line);
  }
  if (batch.length > 0) await flush();
  return scored;
}

async function* linesOf(input: Readable): AsyncGenerator<RecordedChamber> {
  let number = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (text.trim() !== '') yield readLine(text, number);
  }
}

/** Runs before that a run is compared with, at most: as many as the network was trained with. */
const runsBefore = 4;

/** Chambers of good runs by `formatChamber`, newest run first. */
export type Past = ReadonlyMap<string, readonly { readonly run: number; readonly matrix: Matrix }[]>;

/**
 * Reads a recording of runs that are known to be good.
 *
 * @param runs only these; all of them when absent.
 * @throws {LineError} at the first line that is not a chamber; {FileError} when one of the runs is not there.
 */
export async function readPast(input: Readable, runs?: readonly number[]): Promise<Past> {
  const past = new Map<string, { run: number; matrix: Matrix }[]>();
  const missing = new Set(runs);
  for await (const { run, chamber, matrix } of linesOf(input)) {
    if (runs && !runs.includes(run)) continue;
    missing.delete(run);
    const key = formatChamber(chamber);
    past.set(key, [...(past.get(key) ?? []), { run, matrix }]);
  }
  if (missing.size > 0) throw new FileError(`there is no chamber of run ${[...missing].join(', ')} in it`);
  for (const own of past.values()) own.sort((a, b) => b.run - a.run);
  return past;
}

function pastOf(run: number, past: Past): Past {
  return new Map(
    [...past].map(([key, runs]) => [key, runs.filter((before) => before.run < run).slice(0, runsBefore)]),
  );
}

async function scoreBatch(scorer: Scorer, batch: readonly RecordedChamber[], past: Past): Promise<string> {
  const { model } = scorer;
  const judged = await scorer.score(inputsOf(batch, past), { saliency: false });
  const lines = judged.map(({ scores, verdicts, faults }, index) => {
    const { run, chamber, matrix } = batch[index]!;
    const cmsswOccupancyTest = occupancyTest(chamber, matrix);
    return `${JSON.stringify({ run, ...chamber, scores, verdicts, faults, model, cmsswOccupancyTest })}\n`;
  });
  return lines.join('');
}

/** In the order of the lines. */
function inputsOf(batch: readonly RecordedChamber[], past: Past): ScorerInput[] {
  const inputs = new Array<ScorerInput>(batch.length);
  for (const run of new Set(batch.map((line) => line.run))) {
    const places = batch.flatMap((line, place) => (line.run === run ? [place] : []));
    const ofRun = inputsOfRun(
      places.map((place) => batch[place]!),
      pastOf(run, past),
    );
    places.forEach((place, index) => (inputs[place] = ofRun[index]!));
  }
  return inputs;
}

interface RecordedChamber {
  readonly run: number;
  readonly chamber: ChamberId;
  readonly matrix: Matrix;
}

/** A line of a recording that is not one; the message names the line, each field and its rule. */
class LineError extends Error {
  override readonly name = 'LineError';

  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
  }
}

const lineSchema = z.looseObject({ run: runNumberSchema, matrix: matrixSchema });

/** @throws {LineError} when the text is not `{run, wheel, station, sector, matrix}`. Further fields are ignored. */
function readLine(text: string, number: number): RecordedChamber {
  const value = parseJson(text, number);
  const line = lineSchema.safeParse(value);
  const chamber = chamberIdSchema.safeParse(value);
  if (line.success && chamber.success) {
    return { run: line.data.run, chamber: chamber.data, matrix: line.data.matrix };
  }
  const issues = [...(chamber.error?.issues ?? []), ...(line.error?.issues ?? [])];
  const faults = issues.map(
    ({ path, message }) => `${path.join('.')} ${path.length > 0 ? '' : 'it '}${message}`,
  );
  const shown = [...new Set(faults)].slice(0, 4);
  throw new LineError(number, shown.join('; ') + (faults.length > shown.length ? '; and more' : ''));
}

function parseJson(text: string, number: number): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw new LineError(number, `it is not JSON (${(cause as Error).message})`);
  }
  throw new LineError(number, 'it must be a JSON object');
}

/** @param path of a file, or "-" for standard input. */
export async function openInput(path: string): Promise<Readable> {
  if (path === '-') return process.stdin;
  try {
    refuseSpecialFile(path);
    return createReadStream('', { fd: await open(path, 'r') });
  } catch (cause) {
    throw cause instanceof FileError
      ? cause
      : new FileError(`${path} cannot be read: ${whyNot(cause)}`, { cause });
  }
}

/** What is written appears under its name only with `commit`, as a whole. Standard output cannot be taken back. */
interface Output {
  write(text: string): Promise<void>;
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** @param path of a file, or "-" for standard output. */
export async function openOutput(path: string): Promise<Output> {
  if (path === '-') return standardOutput();
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    // Even a device would be replaced by what is renamed to it.
    refuseSpecialFile(path);
    const handle = await open(draft, 'w');
    const leave = removeAtExit(draft);
    return {
      write: async (text) => {
        await handle.write(text);
      },
      commit: async () => {
        await handle.close();
        await rename(draft, path);
        leave();
      },
      discard: async () => {
        await handle.close();
        await rm(draft, { force: true });
        leave();
      },
    };
  } catch (cause) {
    throw cause instanceof FileError
      ? cause
      : new FileError(`${path} cannot be written: ${whyNot(cause)}`, { cause });
  }
}

/** Held back until everything is scored, so that a bad line late in the input leaves nothing half-written here either. */
function standardOutput(): Output {
  const texts: string[] = [];
  return {
    write: (text) => Promise.resolve(void texts.push(text)),
    commit: () =>
      new Promise((resolve, reject) => {
        process.stdout.write(texts.join(''), (cause) => (cause ? reject(cause) : resolve()));
      }),
    discard: () => Promise.resolve(),
  };
}
