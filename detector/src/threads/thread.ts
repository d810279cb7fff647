import { parentPort, workerData } from 'node:worker_threads';
import { selectBackend } from '../backend/backend.ts';
import { modelLabel } from '../model/modelFolder.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { scoreChambers, judge } from '../scoreChambers.ts';
import { methodsOf, explain, methodOf } from '../saliency/methods.ts';
import {
  packVerdicts,
  unpackInputs,
  type LoadedReport,
  type Reply,
  type Request,
  type ThreadSettings,
} from './messages.ts';
import { scoresOf } from '../faults/judge.ts';
import { chamberWires, onMatrix, type ChamberCells, type ChamberWires } from '../prepare/chamberWires.ts';
import { resize, scaleToMaximum, originalLength } from '../preprocessing/original47.ts';
import type { LayerSamples } from '../preprocessing/preprocessing.ts';
import { withNoise } from '../saliency/gradient.ts';
import type { ByInput, ChamberSteps, LayerSteps } from '../scorer.ts';

/** What runs inside a scoring thread: one model in use, at most one more loaded beside it, requests in turn. */
let current: LoadedModel | undefined;
let next: LoadedModel | undefined;

async function load(folder: string): Promise<LoadedReport> {
  const { name, reason } = await selectBackend((workerData as ThreadSettings).backend);
  next?.network.dispose();
  next = undefined;
  next = await loadModel(folder);
  const saliencyMethods = methodsOf(next);
  return { model: modelLabel(next.metadata), saliencyMethods, backend: name, backendReason: reason };
}

function swap(): void {
  if (!next) return;
  current?.network.dispose();
  current = next;
  next = undefined;
}

function inUse(): LoadedModel {
  if (!current) throw new Error('no model is loaded');
  return current;
}

async function answer(request: Request): Promise<Reply> {
  const { id } = request;
  switch (request.kind) {
    case 'load':
      return { id, kind: 'loaded', report: await load(request.folder) };
    case 'swap':
      swap();
      return { id, kind: 'done' };
    case 'explain':
      return { id, kind: 'explained', steps: chamberSteps(inUse(), request.input) };
    case 'score':
      return {
        id,
        kind: 'scored',
        verdicts: packVerdicts(scoreChambers(inUse(), unpackInputs(request.inputs), request.options)),
      };
  }
}

// One at a time: a load must not overlap with the scoring that follows it.
let queue = Promise.resolve();

parentPort!.on('message', (request: Request) => {
  queue = queue.then(async () => {
    const reply = await answer(request).catch((error: Error): Reply => {
      return { id: request.id, kind: 'failed', error: { name: error.name, message: error.message } };
    });
    parentPort!.postMessage(reply, reply.kind === 'scored' ? [reply.verdicts.attributions.buffer] : []);
  });
});

const passes = 25;
const seed = 0;

/** All intermediate steps of one chamber, for people who want to see why. */
function chamberSteps(model: LoadedModel, input: ChamberCells): ChamberSteps {
  const { metadata, preprocessing } = model;
  const wires = chamberWires(input);
  const method = methodOf(model);
  const [attribution] = explain(model, [wires], method);
  const mappedBack = onMatrix(input.matrix, attribution!);
  const samples = preprocessing.prepare([wires]);
  const { differences, gradients } = model.network.differentiate(samples.tensors, samples.layers.length);
  const smoothed = smoothedGradients(model, wires);
  const [scores] = scoresOf(samples, differences, 1, metadata.calibration);
  const judged = judge(model, wires, scores!);
  const layers = samples.layers.map(({ row }, sample): LayerSteps => {
    const cleaned = wires.layers[row]!;
    const resized = resize(cleaned, originalLength);
    return {
      layer: row + 1,
      score: judged.scores[row]!,
      raw: Array.from(input.matrix[row]!),
      cleaned: [...cleaned],
      resized: [...resized],
      scaled: [...scaleToMaximum(resized)],
      inputs: ofSample(samples.tensors, samples, sample),
      gradient: ofSample(gradients, samples, sample),
      smoothed: ofSample(smoothed, samples, sample),
      mappedBack: mappedBack[row]!,
    };
  });
  return { model: modelLabel(metadata), saliency: method, layers };
}

function smoothedGradients(
  { preprocessing, network }: LoadedModel,
  wires: ChamberWires,
): Record<string, Float64Array> {
  const noisy = Array.from({ length: passes }, (_, pass) => withNoise(wires, seed, pass));
  const samples = preprocessing.prepare(noisy);
  const { gradients } = network.differentiate(samples.tensors, samples.layers.length);
  return Object.fromEntries(
    Object.entries(gradients).map(([name, values]) => {
      const size = values.length / passes;
      const mean = new Float64Array(size);
      values.forEach((value, index) => (mean[index % size]! += value / passes));
      return [name, mean];
    }),
  );
}

function ofSample(
  tensors: Readonly<Record<string, ArrayLike<number>>>,
  { layers }: LayerSamples,
  sample: number,
): ByInput {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, values]) => {
      const size = values.length / layers.length;
      return [name, Array.from({ length: size }, (_, index) => values[sample * size + index]!)];
    }),
  );
}
