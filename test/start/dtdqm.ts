import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { compiled } from './compile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Started {
  process: ChildProcess;
  /** Everything printed so far. */
  output(): string;
  /** Waits for a log line with this message. */
  line(message: string): Promise<Record<string, unknown>>;
  /** Exit code, once it has ended. */
  ended: Promise<number | null>;
}

export interface CommandOptions {
  env?: Record<string, string>;
  /** Through `npm start`, from source. */
  npm?: boolean;
  /** From source, as users start it; else as compiled for all tests. */
  fromSource?: boolean;
  cwd?: string;
  /** Ends it by force when it takes longer: it is then as if it had waited without end. */
  longestSeconds?: number;
}

/** Starts the program with nothing of our own environment but what it needs to run. */
export function dtdqm(
  args: readonly string[],
  { env = {}, npm = false, fromSource = false, cwd = root, longestSeconds }: CommandOptions = {},
): Started {
  const { PATH = '', HOME = '' } = process.env;
  const command = npm
    ? ['npm', 'start', '--silent', '--']
    : [
        process.execPath,
        fromSource
          ? join(root, 'worker/bin/dtdqm.js')
          : compiled(inject('programDirectory'), 'worker/src/cli.ts'),
      ];
  const [program = '', ...before] = command;
  const child = spawn(program, [...before, ...args], {
    cwd,
    // Another thread loads TensorFlow.js once more and has nothing to do in most tests; users have one a core.
    env: { PATH, HOME, API_PORT: '0', ...(npm || fromSource ? {} : { DTDQM_SCORING_THREADS: '1' }), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, as a terminal makes for what is started in it.
    detached: npm,
    ...(longestSeconds === undefined ? {} : { timeout: longestSeconds * 1000, killSignal: 'SIGKILL' }),
  });
  let output = '';
  const waiting = new Set<() => void>();
  const grow = (chunk: Buffer) => {
    output += chunk.toString();
    for (const look of waiting) look();
  };
  child.stdout.on('data', grow);
  child.stderr.on('data', grow);
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    process: child,
    output: () => output,
    ended,
    line: (message) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = linesOf(output).find(({ msg }) => msg === message);
          if (found === undefined) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then((code) => reject(new Error(`ended with ${code} before "${message}":\n${output}`)));
      }),
  };
}

function linesOf(output: string): Record<string, unknown>[] {
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A folder of its own, removed by the returned function. */
export async function dataDirectory(): Promise<[string, () => Promise<void>]> {
  const folder = await mkdtemp(join(tmpdir(), 'dtdqm-start-'));
  return [folder, () => rm(folder, { recursive: true, force: true })];
}

/** Every process that names the folder in its command line or works in it: the program, npm and its shell, and PostgreSQL. */
export async function processesOf(place: string): Promise<{ pid: number; command: string }[]> {
  const all = (await readdir('/proc')).map(Number).filter((pid) => pid > 0 && pid !== process.pid);
  const found = await Promise.all(
    all.map(async (pid) => {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      return command !== '' && `${command}\0${environment}`.includes(place) ? [{ pid, command }] : [];
    }),
  );
  return found.flat();
}
