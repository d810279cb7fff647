import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { endsWithUs } from '@dtdqm/worker/childProcess';

/**
 * Starts the monitor as users do (`dtdqm start`), over a database that has its runs already: no detector to pull others from.
 *
 * @param directory for what it keeps beside the database.
 * @throws when it ends before it listens.
 */
export async function startProduct(
  databaseUrl: string,
  directory: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  const program = fileURLToPath(new URL('../../worker/bin/dtdqm.js', import.meta.url));
  const child = spawn(process.execPath, [program, 'start', '--no-live', '--runs', '1'], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      DTDQM_DATA_DIR: path.join(directory, 'product'),
      // Older than all that is simulated.
      DTDQM_RUN_LAST: '1',
      API_PORT: '0',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  endsWithUs(child);
  const ended = once(child, 'exit');
  const died = ended.then(([code]) => Promise.reject(new Error(`the monitor ended with ${String(code)}`)));
  died.catch(() => undefined);
  const url = new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { level: string; msg?: string; url?: string };
      if (said.msg === 'the API listens') resolve(said.url ?? '');
      if (said.level === 'warn' || said.level === 'error') process.stderr.write(`${line}\n`);
    }),
  );
  return {
    url: await Promise.race([url, died]),
    async stop() {
      child.kill();
      await ended;
    },
  };
}
