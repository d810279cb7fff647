import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SingleBar, Presets } from 'cli-progress';
import { modelsFolder, writeModelFolder } from '@dtdqm/detector';
import { selectBackend } from '@dtdqm/detector/engine';
import type { EpochReport } from './fit.ts';
import { readLabelled } from './labelledFile.ts';
import { defaultTraining, trainDetector, type TrainingProgress } from './trainDetector.ts';

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
  const model = await trainDetector(settings, labelled, show).finally(show.end);
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
