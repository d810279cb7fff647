import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';

export interface Listener {
  close(): Promise<void>;
}

/**
 * Calls `onRun` with the number of every run that any process stores, changes or deletes. A hint only: what happens while
 * the connection is away is lost, so that `onReconnect` should look at everything again.
 *
 * @param url of the database.
 * @param onListening called whenever nothing is missed from now on, the first time too.
 */
export function listenToRuns(
  url: string,
  log: Pick<Logger, 'warn'>,
  onRun: (run: number) => void,
  onReconnect: () => void = () => undefined,
  onListening: () => void = () => undefined,
): Listener {
  const closing = new AbortController();
  const done = loop();
  return {
    async close() {
      closing.abort();
      await done;
    },
  };

  async function loop(): Promise<void> {
    for (let attempt = 0; !closing.signal.aborted; attempt++) {
      if (attempt > 0) {
        await delay(2000, undefined, { signal: closing.signal }).catch(() => undefined);
        if (closing.signal.aborted) return;
      }
      await session(attempt > 0).catch((error: Error) =>
        log.warn({ error: error.message }, 'listening to runs'),
      );
    }
  }

  /** Ends when the connection does. */
  async function session(again: boolean): Promise<void> {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'dtdqm listen',
      keepAlive: true,
    });
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    try {
      await client.connect();
      client.on('notification', ({ payload }) => onRun(Number(payload)));
      await client.query('listen dtdqm_run');
      onListening();
      if (again) onReconnect();
      await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
