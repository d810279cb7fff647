import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { whyNot } from '@dtdqm/detector/files';
import { StorageError, isErrno } from '../connectionErrors.ts';
import { type Account, whatFailed } from './account.ts';
import { setAnother } from './dataDirectory.ts';

export interface Postmaster {
  pid: number;
  port: number;
  /** Whether it has said that it takes connections. */
  isReady: boolean;
}

/**
 * What `postmaster.pid` says: line 1 is the process, line 4 the port, line 8 the state (PostgreSQL, "Database File Layout" and
 * utils/pidfile.h).
 */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const text = await readFile(pidFile(cluster), 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '';
    throw error;
  });
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number.isInteger(port) ? port : 0, isReady: lines[7]?.trim() === 'ready' };
}

/** The postmaster that really runs there: the file outlives one that was killed. */
export async function runningPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const postmaster = await readPostmaster(cluster);
  return postmaster !== undefined && isPostmasterOf(postmaster.pid, cluster) ? postmaster : undefined;
}

export interface StartOptions {
  cluster: string;
  postgres: string;
  account: Account;
  settings: Readonly<Record<string, string>>;
  signal?: AbortSignal | undefined;
  /** Longest that recovery after a crash may take. */
  longestMs: number;
}

/**
 * Starts the server and waits until it takes connections. It is a session of its own, out of reach of the terminal's Ctrl-C.
 *
 * @throws {StorageError} with PostgreSQL's reason in one line; the reason of `signal`. No process is left then.
 */
export async function startPostmaster({
  cluster,
  postgres,
  account,
  settings,
  signal,
  longestMs,
}: StartOptions): Promise<void> {
  await clearBorrowedPid(cluster);
  endLeftovers(realPathOf(cluster));
  const logFile = path.join(cluster, 'start.log');
  const log = await open(logFile, 'w', 0o600).catch((cause: unknown) => {
    throw new StorageError(`PostgreSQL in ${cluster} cannot write there: ${whyNot(cause)}; ${setAnother}`, {
      cause,
    });
  });
  const collectedBefore = (await collectedLog(cluster)).length;
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = account.spawn(postgres, ['-D', cluster, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  child.unref();
  const quit = () => child.kill('SIGQUIT');
  process.once('exit', quit);
  let failure = undefined as Error | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => resolve(void (failure = error)));
  });
  const hasEnded = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  try {
    for (const deadline = Date.now() + longestMs; !hasEnded(); await Promise.race([ended, delay(20)])) {
      const postmaster = await readPostmaster(cluster);
      if (postmaster?.pid === child.pid && postmaster?.isReady) return;
      if (!signal?.aborted && Date.now() < deadline) continue;
      quit();
      await Promise.race([ended, delay(immediateMs).then(() => child.kill('SIGKILL'))]);
      signal?.throwIfAborted();
      throw new StorageError(
        `PostgreSQL in ${cluster} did not start within ${longestMs / 1000} s; see ${logFile}`,
      );
    }
    const reason = failure?.message ?? (await whyNotStarted(cluster, logFile, collectedBefore));
    throw new StorageError(`PostgreSQL in ${cluster} does not start: ${reason}${fixOf(reason)}`);
  } finally {
    process.off('exit', quit);
    await log.close();
  }
}

function fixOf(reason: string): string {
  if (/No space left/.test(reason)) return '; make room on its disk, then start again';
  if (/wrong ownership|Permission denied/.test(reason))
    return '; give the folder to the account that starts PostgreSQL (chown -R), or start as the one that made it';
  return '';
}

/** Its first words are in our file; once its own collector of logs runs they are in the collector's, behind those of earlier starts. */
async function whyNotStarted(cluster: string, logFile: string, collectedBefore: number): Promise<string> {
  const first = await readFile(logFile, 'utf8').catch(() => '');
  const later = (await collectedLog(cluster)).subarray(collectedBefore).toString();
  return whatFailed(`${first}\n${later}`, `it says nothing; see ${logFile}`);
}

async function collectedLog(cluster: string): Promise<Buffer> {
  const today = `postgres-${new Date().toDateString().slice(0, 3)}.log`;
  return readFile(path.join(cluster, 'log', today)).catch(() => Buffer.alloc(0));
}

/** How long PostgreSQL may take to give everything up. */
const immediateMs = 1000;

/**
 * Fast shutdown, which ends connections and writes everything down: a second is usual. What is not done by then is cut off
 * as by a power cut, which loses nothing that was committed but makes the next start recover.
 */
export async function stopPostmaster(cluster: string, fastMs: number): Promise<void> {
  const postmaster = await runningPostmaster(cluster);
  if (postmaster === undefined) return;
  const { pid } = postmaster;
  for (const [signal, longestMs] of [
    ['SIGINT', fastMs],
    ['SIGQUIT', immediateMs],
    ['SIGKILL', immediateMs],
  ] as const) {
    send(pid, signal);
    for (const deadline = Date.now() + longestMs; Date.now() < deadline; await delay(20)) {
      if (!isPostmasterOf(pid, cluster)) return;
    }
  }
  endLeftovers(realPathOf(cluster));
}

/** As `stopPostmaster`, for a process that exits now and can wait for nothing: takes a second at most. */
export function stopPostmasterNow(cluster: string): void {
  const pid = Number(existsSync(pidFile(cluster)) && readFileSync(pidFile(cluster), 'utf8').split('\n')[0]);
  if (!(pid > 0) || !isPostmasterOf(pid, cluster)) return;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  send(pid, 'SIGINT');
  for (let waited = 0; waited < immediateMs && existsSync(pidFile(cluster)); waited += 20) {
    if (waited === 800) send(pid, 'SIGQUIT');
    Atomics.wait(clock, 0, 0, 20);
  }
}

/**
 * Removes a pid file whose process number now belongs to something else. PostgreSQL itself clears the file of a
 * process that is gone, but refuses to start when the number was given away again, as it is in every restarted container.
 */
async function clearBorrowedPid(cluster: string): Promise<void> {
  const postmaster = await readPostmaster(cluster);
  if (postmaster !== undefined && isRunning(postmaster.pid) && !isPostmasterOf(postmaster.pid, cluster)) {
    await rm(pidFile(cluster), { force: true });
  }
}

/**
 * Ends what a killed postmaster left: a process that is amid a long statement does not notice that its parent has gone, and
 * PostgreSQL refuses to start as long as one of them holds the shared memory. Only where there is /proc.
 */
function endLeftovers(cluster: string): void {
  for (const pid of processesIn(cluster)) {
    const parent = Number(/\) \S (\d+)/.exec(procFile(pid, 'stat'))?.[1] ?? 0);
    // The children of a server that runs live in the directory of their parent.
    const isOrphan = procFile(pid, 'cmdline').startsWith('postgres: ') && directoryOf(parent) !== cluster;
    if (isOrphan) send(pid, 'SIGKILL');
  }
}

function processesIn(cluster: string): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => directoryOf(pid) === cluster);
  } catch {
    return [];
  }
}

/** Working directory of a process, where we may know it. PostgreSQL's is the cluster. */
function directoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function isPostmasterOf(pid: number, cluster: string): boolean {
  if (!isRunning(pid)) return false;
  // Where there is no /proc we cannot tell, and PostgreSQL's own caution is the safe answer.
  if (!existsSync('/proc/self/cmdline')) return true;
  const directory = directoryOf(pid);
  const command = procFile(pid, 'cmdline');
  // It has no command line once it has ended and nobody has asked how.
  return command.includes('postgres') && (directory === undefined || directory === realPathOf(cluster));
}

function realPathOf(cluster: string): string {
  try {
    return realpathSync(cluster);
  } catch {
    return cluster;
  }
}

/** Whether there is a process of this number. */
export function isRunning(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function pidFile(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}
