import { spawn } from 'node:child_process';

export interface Child {
  isRunning(): boolean;
  /** Settles when it has ended, by itself too. */
  ended: Promise<void>;
  /** Ends it in order, and by force when that takes too long. */
  end(): Promise<void>;
}

/** The monitor itself ends within 5 s. */
const graceMs = 2500;

/** Starts a program that does not outlive us, however we end but for SIGKILL. */
export function startChild(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(command, args, { env, stdio: 'ignore' });
  const force = () => child.kill('SIGKILL');
  process.once('exit', force);
  let running = true;
  const ended = new Promise<void>((resolve) => {
    const onEnd = () => {
      running = false;
      process.off('exit', force);
      resolve();
    };
    child.once('exit', onEnd);
    child.once('error', onEnd);
  });
  return {
    isRunning: () => running,
    ended,
    async end() {
      child.kill('SIGTERM');
      const killing = setTimeout(force, graceMs);
      await ended;
      clearTimeout(killing);
    },
  };
}
