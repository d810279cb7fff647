import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { ModelError } from '../model/modelFolder.ts';
import { type ChamberVerdict, type ScoreOptions, type ScorerInput, BackendError } from '../scorer.ts';
import type { ChamberSteps } from '../scorer.ts';
import {
  type LoadedReport,
  type ThreadSettings,
  packInputs,
  unpackVerdicts,
  type Reply,
  type Request,
  type Task,
} from './messages.ts';

/** Chambers in one request to a thread: small enough to share a run out evenly, large enough to batch well. */
const chambersPerRequest = 32;

/** A place in the pool: its thread, once started. A crashed thread is replaced when its place is next asked for work. */
interface Place {
  starting: Promise<ScoringThread>;
  thread: ScoringThread | undefined;
}

/** Scoring threads that share the work. A thread that crashes fails its own requests and no others. */
export class ScoringPool {
  private readonly places: Place[];
  private readonly script: URL | undefined;
  private settings: ThreadSettings;
  private report: LoadedReport;
  private turn = 0;
  private closed = false;

  private constructor(
    threads: readonly ScoringThread[],
    settings: ThreadSettings,
    report: LoadedReport,
    script: URL | undefined,
  ) {
    this.script = script;
    this.report = report;
    this.places = threads.map((thread) => ({ starting: Promise.resolve(thread), thread }));
    this.settings = settings;
  }

  /**
   * @param script what threads run; ours unless a test wants another.
   * @throws {ModelError | BackendError} when model or backend do not load; nothing is left running then.
   */
  static async start(
    size: number,
    settings: ThreadSettings,
    script?: URL,
  ): Promise<{ pool: ScoringPool; report: LoadedReport }> {
    const outcomes = await Promise.allSettled(
      Array.from({ length: size }, () => startThread(settings, script)),
    );
    const ready = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure) {
      await Promise.all(ready.map(({ thread }) => thread.close()));
      throw failure.reason;
    }
    const threads = ready.map(({ thread }) => thread);
    const { report } = ready[0]!;
    return { pool: new ScoringPool(threads, settings, report, script), report };
  }

  /** `<name>@<version>` that chambers are scored with which are handed over from now on. */
  get model(): string {
    return this.report.model;
  }

  get saliencyMethods(): LoadedReport['saliencyMethods'] {
    return this.report.saliencyMethods;
  }

  async score(
    inputs: readonly ScorerInput[],
    options: ScoreOptions,
    signal?: AbortSignal,
  ): Promise<ChamberVerdict[]> {
    signal?.throwIfAborted();
    const share = Math.min(chambersPerRequest, Math.ceil(inputs.length / this.places.length));
    const requests: Promise<ChamberVerdict[]>[] = [];
    for (let first = 0; first < inputs.length; first += share) {
      requests.push(this.scoreInTurn(inputs.slice(first, first + share), options));
    }
    // Settle all before failing: a rejection nobody waits for would end the process.
    const outcomes = await unlessAborted(Promise.allSettled(requests), signal);
    return outcomes.flatMap((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
  }

  async steps(input: ScorerInput): Promise<ChamberSteps> {
    const thread = await this.nextThread();
    return (await thread.request({ kind: 'explain', input }, 'explained')).steps;
  }

  /**
   * All threads load first, then all swap: a model that fails in one of them changes nothing. A thread that crashes later
   * loads the folder again, so it must stay.
   */
  async replaceModel(folder: string): Promise<void> {
    const threads = await Promise.all(this.places.map((place) => this.threadAt(place)));
    const loaded = await Promise.all(
      threads.map((thread) => thread.request({ kind: 'load', folder }, 'loaded')),
    );
    this.settings = { ...this.settings, folder };
    this.report = loaded[0]!.report;
    // A thread that crashes before it has swapped starts again with the new folder.
    await Promise.allSettled(threads.map((thread) => thread.request({ kind: 'swap' }, 'done')));
  }

  async close(): Promise<void> {
    this.closed = true;
    const closing = this.places.map(async ({ starting }) => (await starting).close());
    await Promise.allSettled(closing);
  }

  private async scoreInTurn(
    inputs: readonly ScorerInput[],
    options: ScoreOptions,
  ): Promise<ChamberVerdict[]> {
    const thread = await this.nextThread();
    const task = { kind: 'score', inputs: packInputs(inputs), options } as const;
    return unpackVerdicts((await thread.request(task, 'scored')).verdicts, inputs);
  }

  private nextThread(): Promise<ScoringThread> {
    return this.threadAt(this.places[this.turn++ % this.places.length]!);
  }

  private threadAt(place: Place): Promise<ScoringThread> {
    if (this.closed) return Promise.reject(new Error('the scorer is closed'));
    if (place.thread?.dead) {
      place.thread = undefined;
      place.starting = startThread(this.settings, this.script).then(({ thread }) => (place.thread = thread));
    }
    return place.starting;
  }
}

/**
 * As `work`, unless the signal aborts first. A worker's signal outlives all of its work: what waited for it and was not taken back kept the
 * scores and saliency of every look, 10 MB an hour for a twentieth of the chambers.
 */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const give = () => reject(signal.reason as Error);
    signal.addEventListener('abort', give, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', give));
  });
}

async function startThread(
  settings: ThreadSettings,
  script: URL | undefined,
): Promise<{ thread: ScoringThread; report: LoadedReport }> {
  const thread = new ScoringThread(settings, script);
  try {
    const { report } = await thread.request({ kind: 'load', folder: settings.folder }, 'loaded');
    await thread.request({ kind: 'swap' }, 'done');
    return { thread, report };
  } catch (cause) {
    await thread.close();
    throw cause;
  }
}

const threadScript = new URL('./thread.js', import.meta.url);

/**
 * Requests are small, so a thread needs about 50 MB of heap; left alone, V8 lets three times that pile up before it cleans
 * up. Measured over five runs with saliency: 248 MB for the whole process; without it 363 were.
 */
const resourceLimits = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 16 };

/** How long the end of a thread is waited for. */
const terminationMs = 1000;

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One worker thread seen from outside: requests in, promises out. After a crash it stays dead; the pool starts another. */
class ScoringThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private death: Error | undefined;

  constructor(settings: ThreadSettings, script: URL = threadScript) {
    // Read by TensorFlow's C++ part, which sees the environment of the process only: no chatter on standard error.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    this.worker = new Worker(script, { workerData: settings, execArgv: [], resourceLimits });
    this.worker.on('message', (reply: Reply) => this.settle(reply));
    this.worker.on('error', (cause) =>
      this.die(new Error(`a scoring thread crashed: ${cause.message}`, { cause })),
    );
    this.worker.on('exit', (code) => this.die(new Error(`a scoring thread ended with code ${code}`)));
  }

  get dead(): boolean {
    return this.death !== undefined;
  }

  /** @throws whatever the thread failed with, or that it crashed. */
  request<Kind extends Reply['kind']>(task: Task, kind: Kind): Promise<Extract<Reply, { kind: Kind }>> {
    return new Promise((resolve, reject) => {
      if (this.death) return reject(this.death);
      const id = ++this.lastId;
      this.waiting.set(id, {
        reject,
        resolve: (reply) =>
          reply.kind === kind
            ? resolve(reply as Extract<Reply, { kind: Kind }>)
            : reject(new Error(`a scoring thread answered "${reply.kind}" to "${task.kind}"`)),
      });
      const handedOver = task.kind === 'score' ? [task.inputs.cells.buffer] : [];
      this.worker.postMessage({ ...task, id } satisfies Request, handedOver);
    });
  }

  async close(): Promise<void> {
    this.death ??= new Error('the scorer is closed');
    this.rejectAll(this.death);
    // One amid a long computation of native code ends after it, or with the process.
    await Promise.race([this.worker.terminate(), delay(terminationMs, undefined, { ref: false })]);
  }

  private settle(reply: Reply): void {
    const waiting = this.waiting.get(reply.id);
    this.waiting.delete(reply.id);
    if (reply.kind === 'failed') waiting?.reject(revive(reply.error));
    else waiting?.resolve(reply);
  }

  private die(cause: Error): void {
    this.death ??= cause;
    this.rejectAll(this.death);
  }

  private rejectAll(cause: Error): void {
    for (const { reject } of this.waiting.values()) reject(cause);
    this.waiting.clear();
  }
}

function revive({ name, message }: { name: string; message: string }): Error {
  if (name === 'ModelError') return new ModelError(message);
  if (name === 'BackendError') return new BackendError(message);
  return name === 'RangeError' ? new RangeError(message) : new Error(message);
}
