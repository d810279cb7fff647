import { Worker } from 'node:worker_threads';
import { BackendError } from '../backend/choice.ts';
import { ModelError } from '../model/modelError.ts';
import type { Reply, Request, Task, ThreadSettings } from './messages.ts';

const threadScript = new URL('./thread.js', import.meta.url);

/**
 * Requests are small, so a thread needs about 50 MB of heap; left alone, V8 lets three times that pile up before it cleans
 * up. Measured over five runs with saliency: 248 MB for the whole process; without it 363 were.
 */
const resourceLimits = { maxOldGenerationSizeMb: 160, maxYoungGenerationSizeMb: 16 };

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: Error): void;
}

/** One worker thread seen from outside: requests in, promises out. After a crash it stays dead; the pool starts another. */
export class ScoringThread {
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
    await this.worker.terminate();
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
