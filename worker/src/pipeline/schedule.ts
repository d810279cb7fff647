import { createTask, validate } from 'node-cron';
import type { Logger } from 'pino';

export interface Schedule {
  stop(): Promise<void>;
}

/**
 * Calls `work` at the times of a cron expression (five fields, or six with seconds first), never while the call before
 * is still under way.
 *
 * @throws {RangeError} when the expression is not one.
 */
export function everyTime(
  expression: string,
  work: () => Promise<void>,
  log: Pick<Logger, 'warn'>,
): Schedule {
  if (!validate(expression))
    throw new RangeError(`"${expression}" is not a cron expression, such as "* * * * *"`);
  let running: Promise<void> | undefined;
  const task = createTask(expression, () => {
    running ??= work()
      .catch((error: unknown) => log.warn({ err: error }, 'scheduled work failed'))
      .finally(() => (running = undefined));
    return running;
  });
  void task.start();
  return {
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
