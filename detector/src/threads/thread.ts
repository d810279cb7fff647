import { parentPort, workerData } from 'node:worker_threads';
import { selectBackend } from '../backend/backend.ts';
import { modelLabel } from '../model/modelFolder.ts';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { scoreChambers } from '../scoreChambers.ts';
import { methodsOf } from '../saliency/methods.ts';
import { chamberSteps } from '../steps.ts';
import {
  packVerdicts,
  unpackInputs,
  type LoadedReport,
  type Reply,
  type Request,
  type ThreadSettings,
} from './messages.ts';

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
