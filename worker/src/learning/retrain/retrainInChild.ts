import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../bin/dtdqm.js', import.meta.url));

/**
 * Runs `dtdqm retrain --scheduled` in a process of its own: training takes a minute or so of one processor and must neither
 * hold up runs nor take a worker with it.
 *
 * @param databaseUrl given to the child in its environment, where other users of the machine cannot read it.
 * @returns the report, or why there was nothing to do.
 * @throws {Error} with what it said when it failed; a child that `signal` ends has failed too, and has kept nothing.
 */
export async function retrainInChild(databaseUrl: string, signal: AbortSignal): Promise<unknown> {
  const child = spawn(process.execPath, [program, 'retrain', '--scheduled'], {
    env: { ...process.env, DATABASE_URL: databaseUrl },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  const said = { out: '', error: '' };
  child.stdout.on('data', (text: Buffer) => (said.out = tail(said.out + text.toString())));
  child.stderr.on('data', (text: Buffer) => (said.error = tail(said.error + text.toString())));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new Error(`retraining failed: ${said.error.trim().split('\n').at(-1) ?? `code ${code}`}`);
  return JSON.parse(said.out.trim().split('\n').at(-1) ?? '') as unknown;
}

const tail = (text: string) => text.slice(-100_000);
