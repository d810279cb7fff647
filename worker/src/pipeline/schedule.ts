import { createTask, validate } from 'node-cron';
import type { Logger } from 'pino';

export interface Schedule {
  stop(): Promise<void>;
}

/** Local time skips an hour a year and has another one twice; what is scheduled then would be missed, or done twice. */
export const scheduleZone = 'Etc/UTC';

/**
 * Calls `work` at the times of a cron expression (five fields, or six with seconds first) in UTC, never while the
 * call before is still under way.
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
  const nothing = () => undefined;
  const tell = (message: string | Error) => log.warn({ said: String(message) }, 'schedule');
  let running: Promise<void> | undefined;
  const task = createTask(
    expression,
    () => {
      running ??= work()
        .catch((error: unknown) => log.warn({ err: error }, 'scheduled work failed'))
        .finally(() => (running = undefined));
      return running;
    },
    {
      timezone: scheduleZone,
      // A time that a busy process slept through is made up for, however late: of several the last.
      missedExecutionTolerance: Infinity,
      suppressMissedWarning: true,
      // Its own writes coloured lines amid our JSON.
      logger: { info: nothing, debug: nothing, warn: tell, error: tell },
    },
  );
  void task.start();
  return {
    async stop() {
      await task.destroy();
      await running;
    },
  };
}
