import { type ChildProcess, type SpawnOptions, execFile, spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { endsWithUs } from '../../childProcess.ts';
import { StorageError } from '../connectionErrors.ts';

const run = promisify(execFile);
const accountName = 'postgres';

/** Runs programs as an account that PostgreSQL accepts: it refuses to run as root. */
export interface Account {
  /** Owner for files that PostgreSQL must read; undefined when that is simply us. */
  readonly owner: { uid: number; gid: number } | undefined;
  /** Starts a program in a directory that every account may enter, with English messages: those are what we look for. */
  spawn(program: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /**
   * Runs a program to its end; it does not outlive us.
   *
   * @returns what the program printed.
   * @throws {StorageError} with what it printed when it fails; the reason of `signal`, once that has ended it.
   */
  run(program: string, args: readonly string[], signal?: AbortSignal): Promise<string>;
}

/**
 * Ourselves, or as root the account `postgres`, which is made when the machine has none.
 *
 * @param paths directories that the account must be able to enter.
 * @throws {StorageError} when it cannot be made or cannot enter one of the paths.
 */
export async function chooseAccount(paths: readonly string[]): Promise<Account> {
  if (process.getuid?.() !== 0) return accountOf(undefined, (program, args) => [program, args, {}]);
  const owner = await postgresAccount();
  const closed = await firstClosedDirectory(paths, owner);
  if (closed === undefined) return accountOf(owner, (program, args) => [program, args, owner]);
  const prefix = await readAnywhere(owner);
  if (prefix === undefined) {
    throw new StorageError(
      `PostgreSQL does not run as root, and the account "${accountName}" cannot enter ${closed}: start as another user, or use directories that others may enter (DTDQM_DATA_DIR)`,
    );
  }
  const [setpriv, ...flags] = prefix;
  return accountOf(owner, (program, args) => [setpriv, [...flags, program, ...args], {}]);
}

async function postgresAccount(): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: string) => Number((await run('id', [flag, accountName])).stdout);
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    try {
      await run('useradd', [
        '--system',
        '--user-group',
        '--no-create-home',
        '--shell',
        '/bin/false',
        accountName,
      ]);
      return { uid: await idOf('-u'), gid: await idOf('-g') };
    } catch (error) {
      throw new StorageError(
        `PostgreSQL does not run as root, and the account "${accountName}" cannot be made: start as another user, or set DATABASE_URL`,
        { cause: error },
      );
    }
  }
}

async function firstClosedDirectory(
  paths: readonly string[],
  { uid, gid }: { uid: number; gid: number },
): Promise<string | undefined> {
  for (const start of paths) {
    for (let directory = path.resolve(start); ; directory = path.dirname(directory)) {
      const { mode, uid: owner, gid: group } = await stat(directory);
      const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
      if ((mode & bit) === 0) return directory;
      if (directory === path.dirname(directory)) break;
    }
  }
  return undefined;
}

type Prefix = [program: string, ...flags: string[]];

/**
 * A checkout below /root or in a private temporary directory is closed to other accounts. Root may lend the right to pass
 * through, which is less than running the whole server as root would need. Containers often hold back the right to read
 * and only read; there it takes the one that goes with writing.
 */
async function readAnywhere({ uid, gid }: { uid: number; gid: number }): Promise<Prefix | undefined> {
  for (const capability of ['+dac_read_search', '+dac_override']) {
    const [setpriv, ...flags]: Prefix = [
      'setpriv',
      `--reuid=${uid}`,
      `--regid=${gid}`,
      '--clear-groups',
      `--inh-caps=${capability}`,
      `--ambient-caps=${capability}`,
      // access(2) forgets the capabilities of whoever is not root, and initdb asks it whether "postgres" is there.
      '--securebits=+no_setuid_fixup',
    ];
    try {
      await run(setpriv, [...flags, 'true']);
      return [setpriv, ...flags];
    } catch {
      continue;
    }
  }
  return undefined;
}

type Command = [program: string, args: readonly string[], identity: SpawnOptions];

function accountOf(
  owner: Account['owner'],
  lend: (program: string, args: readonly string[]) => Command,
): Account {
  const start: Account['spawn'] = (wanted, own, options) => {
    const [program, args, identity] = lend(wanted, own);
    const cwd = path.parse(process.execPath).root;
    return spawn(program, args, { ...options, ...identity, cwd, env: { ...process.env, LC_ALL: 'C' } });
  };
  return {
    owner,
    spawn: start,
    run: (program, args, signal) =>
      outcome(program, start(program, args, { stdio: ['ignore', 'pipe', 'pipe'] }), signal),
  };
}

/** How long a program that is told to end may clean up. */
const cleanUpMs = 1000;

function outcome(program: string, child: ChildProcess, signal: AbortSignal | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: Buffer) => (output += chunk.toString());
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    let forcing: NodeJS.Timeout | undefined;
    const end = () => {
      child.kill('SIGTERM');
      forcing = setTimeout(() => child.kill('SIGKILL'), cleanUpMs);
    };
    endsWithUs(child);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
    const settled = () => {
      signal?.removeEventListener('abort', end);
      clearTimeout(forcing);
    };
    child.on('error', (error) => {
      settled();
      reject(new StorageError(`${program} cannot be started: ${error.message}`));
    });
    child.on('close', (code) => {
      settled();
      if (signal?.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(output);
      else
        reject(
          new StorageError(`${path.basename(program)} failed: ${whatFailed(output, `exit code ${code}`)}`),
        );
    });
  });
}

/** The line of PostgreSQL's words that says what is wrong, without its time and process. */
export function whatFailed(output: string, otherwise: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling = /(?:PANIC|FATAL|could not|error):?\s/i;
  const line = lines.find((each) => /(PANIC|FATAL):/.test(each)) ?? lines.find((each) => telling.test(each));
  return (line ?? lines.at(-1) ?? otherwise).replace(/^.*?(?:PANIC|FATAL|error):\s*/i, '').trim();
}
