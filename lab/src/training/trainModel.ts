import { examplesByRun, likeReal, likeScattered } from '@dtdqm/simulator/detector';
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Presets, SingleBar } from 'cli-progress';
import { z } from 'zod';
import { chamberIdSchema, layersOf, matrixSchema, runNumberSchema } from '@dtdqm/contract';
import { inOwnColumns, selectBackend } from '@dtdqm/detector/engine';
import { modelsFolder, writeModelFolder } from '@dtdqm/detector';
import {
  type EpochReport,
  type Example,
  defaultTraining,
  trainDetector,
  type TrainingProgress,
} from '@dtdqm/detector/training';

export interface TrainRequest {
  /** Folder to write; models/shape-and-rate/<version> when absent. */
  readonly out?: string;
  readonly modelVersion: string;
  readonly seed?: number;
  readonly runs?: number;
  readonly epochs?: number;
  /** JSON lines with known truth. */
  readonly labels?: string;
}

/**
 * `dtdqm train`: trains on WebAssembly whatever else is there, so that weights are the same everywhere, and writes a model
 * folder.
 *
 * @throws {Error} naming what is wrong with the labels; {ModelError} when the folder is not free. Nothing is written then.
 */
export async function trainModel(request: TrainRequest, stream: NodeJS.WriteStream): Promise<string> {
  const { seed, runs, epochs } = request;
  const settings = {
    ...defaultTraining,
    version: request.modelVersion,
    ...(seed === undefined ? {} : { seed }),
    ...(runs === undefined ? {} : { runs }),
    ...(epochs === undefined ? {} : { epochs }),
    commit: await currentCommit(),
    createdAt: new Date().toISOString(),
  };
  const labelled = request.labels === undefined ? [] : await readLabelled(request.labels);
  await selectBackend('wasm');
  const show = stream.isTTY ? barProgress(stream, settings.epochs) : lineProgress(stream);
  const model = await trainDetector(
    settings,
    {
      simulate: examplesByRun(settings),
      simulateReal: examplesByRun({ ...settings, ...likeReal }),
      simulateScattered: examplesByRun({ ...settings, ...likeScattered }),
      labelled: [labelled],
    },
    show,
  ).finally(show.end);
  const folder = request.out ?? join(modelsFolder, settings.name, settings.version);
  await writeModelFolder(folder, model);
  stream.write(`${JSON.stringify({ model: folder, ...model.metadata.metrics })}\n`);
  return folder;
}

type Progress = TrainingProgress & { end(): void };

function lineProgress(stream: NodeJS.WriteStream): Progress {
  return {
    onStage: (stage) => stream.write(`${JSON.stringify({ stage })}\n`),
    onEpoch: (epoch) => stream.write(`${JSON.stringify(epoch)}\n`),
    end: () => undefined,
  };
}

function barProgress(stream: NodeJS.WriteStream, epochs: number): Progress {
  const format = '  {stage} {bar} epoch {value}/{total}, held-out loss {loss}';
  const bar = new SingleBar(
    { stream, format, hideCursor: true, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(epochs, 0, { stage: 'starting', loss: '-' });
  return {
    onStage: (stage) => bar.update({ stage }),
    onEpoch: ({ epoch, heldOutLoss }: EpochReport) => bar.update(epoch, { loss: heldOutLoss.toFixed(5) }),
    end: () => bar.stop(),
  };
}

/** Null outside a git checkout. */
async function currentCommit(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD'], { cwd: modelsFolder });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** `badLayers`: layers 1..12 that are bad, [] when none is; null or absent when that is not known. */
const lineSchema = z
  .object({
    run: runNumberSchema,
    matrix: matrixSchema.transform(inOwnColumns),
    badLayers: z.array(z.int().min(1).max(12)).nullish(),
    history: z.array(matrixSchema.transform(inOwnColumns)).default([]),
  })
  .and(chamberIdSchema);

/**
 * Reads chambers with known truth, one JSON object a line: `{run, wheel, station, sector, matrix, badLayers, history?}`. Lines
 * whose truth is not known are left out. Left-aligned recordings come with every wire in the column of its number.
 *
 * @throws {Error} naming file, line, field and rule when a line is malformed.
 */
export async function readLabelled(file: string): Promise<Example[]> {
  const examples: Example[] = [];
  let number = 0;
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Infinity,
    })) {
      number += 1;
      if (line.trim() === '') continue;
      const example = toExample(line);
      if (example) examples.push(example);
    }
  } catch (cause) {
    throw new Error(`${file}${number > 0 ? ` line ${number}` : ''}: ${(cause as Error).message}`, { cause });
  }
  return examples;
}

function toExample(line: string): Example | undefined {
  const parsed = lineSchema.safeParse(JSON.parse(line));
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'line'} ${message}`);
    throw new RangeError(faults.slice(0, 3).join('; '));
  }
  const { run, matrix, badLayers, history, wheel, station, sector } = parsed.data;
  if (!badLayers) return undefined;
  const layers = layersOf(station);
  const bad = matrix.map((_, row) =>
    layers.includes(row + 1) ? (badLayers.includes(row + 1) ? 1 : 0) : null,
  );
  return { run, chamber: { wheel, station, sector }, matrix, history, bad };
}
