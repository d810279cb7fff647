import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { PipelineEvent } from '@dtdqm/worker/pipeline/events';
import { compiled } from '../../start/compile.ts';

const wrongClock = fileURLToPath(new URL('./wrongClock.ts', import.meta.url));

export interface WorkerProcess {
  process: ChildProcess;
  /** Runs that this process began to fetch and neither stored nor gave up. */
  inHand: Set<number>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** How wrong the clock of a process is. */
export interface WrongClock {
  clockOffsetSeconds?: number;
  jumpAfterSeconds?: number;
  jumpSeconds?: number;
}

export interface WorkerOptions {
  clock?: WrongClock;
  /** Keeps the queue to label and the incident ledger up to date too. */
  keepers?: boolean;
  /** Ends without a word when it scores a wire with `poison` hits. */
  frail?: boolean;
  /** Heap that it may use. */
  memoryMegabytes?: number;
}

/** A worker in a process of its own: real client, pipeline and database, and a rule in the place of the network. */
export function startWorker(
  databaseUrl: string,
  dqmUrl: string,
  onEvent: (event: PipelineEvent) => void = () => undefined,
  { clock = {}, keepers = false, frail = false, memoryMegabytes }: WorkerOptions = {},
): WorkerProcess {
  const wrong = Object.keys(clock).length > 0 ? ['--import', 'tsx', '--import', wrongClock] : [];
  const memory = memoryMegabytes === undefined ? [] : [`--max-old-space-size=${memoryMegabytes}`];
  const words = [...(keepers ? ['keepers'] : []), ...(frail ? ['frail'] : [])];
  const script = compiled(inject('programDirectory'), 'test/pipeline/workerProcess.ts');
  const child = fork(script, [databaseUrl, dqmUrl, ...words], {
    execArgv: [...wrong, ...memory],
    env: { ...process.env, WRONG_CLOCK: JSON.stringify(clock) },
  });
  const inHand = new Set<number>();
  child.on('message', (event: PipelineEvent) => {
    if (event.type === 'fetching') inHand.add(event.run);
    else if (event.type !== 'scoring' && 'run' in event) inHand.delete(event.run);
    onEvent(event);
  });
  return {
    process: child,
    inHand,
    async kill(signal = 'SIGKILL') {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // What it said last may arrive after its end: `inHand` is right once its channel is closed too.
      const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
      child.kill(signal);
      await gone;
    },
  };
}
