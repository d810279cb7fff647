import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Scorer } from '@dtdqm/detector';
import { endsWithUs } from '../../childProcess.ts';
import { isLocked, locks, withAdvisoryLock } from '../../storage/advisoryLocks.ts';
import type { Database, Queryable } from '../../storage/database.ts';
import { modelInUse } from '../../storage/models.ts';
import { labelsSince, previewStanding, saveFailedPreview } from '../../storage/preview.ts';
import type { Told, Wanted } from './process.ts';

export interface PreviewOptions extends Wanted {
  database: Database;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Scores runs, with the model in use where nobody chose one. */
  scorer: Pick<Scorer, 'model'>;
  /** How often labels are looked at; 5 s unless set. */
  everyMs?: number;
}

/** Labels are previewed when so many came, or none came for a while, s. */
const enoughLabels = 5;
const quietSeconds = 20;
/** So long is left between two attempts, s: each takes 15 s of a processor, and whoever labels without a pause must not keep it busy. */
const pauseSeconds = 30;
/** After so long without work the process that knows what models see of the runs ends: it holds hundreds of megabytes. */
const idleMs = 600_000;
/** A process that says nothing for so long is ended. */
const longestMs = 600_000;

/**
 * Keeps the preview of what labels would do in step with them, in a process of its own that gives way to all others. Of many workers one does so at a
 * time; whatever is killed leaves the preview there was.
 */
export function keepPreview({ database, log, scorer, everyMs = 5_000, ...wanted }: PreviewOptions): {
  stop(): Promise<void>;
} {
  let isStopped = false;
  let work: Promise<void> | undefined;
  let idle: NodeJS.Timeout | undefined;
  let child: ChildProcess | undefined;
  const end = () => void child?.kill('SIGKILL');
  const foretell = async () => {
    if (isStopped) return;
    clearTimeout(idle);
    try {
      child ??= start(() => (child = undefined));
      const started = performance.now();
      const problem = await ask(child, wanted);
      const seconds = Math.round((performance.now() - started) / 1000);
      if (problem === null) log.info({ seconds }, 'what labels would do is worked out');
      else if (!isStopped) await saveFailedPreview(database, problem);
    } finally {
      idle = setTimeout(end, idleMs);
      idle.unref();
    }
  };
  const look = async () => {
    try {
      // Beside a retraining a worker's container would need more memory than it is given.
      if (await isLocked(database, locks.retraining)) return end();
      if (!(await isDue(database, scorer.model))) return;
      await withAdvisoryLock(database, locks.labelPreview, async () => {
        // Another worker may have done it meanwhile.
        if (await isDue(database, scorer.model)) await foretell();
      });
    } catch (error) {
      if (!isStopped) log.warn({ err: error }, 'what labels would do could not be worked out; trying again');
    }
  };
  const timer = setInterval(() => {
    work ??= look().finally(() => (work = undefined));
  }, everyMs);
  return {
    async stop() {
      isStopped = true;
      clearInterval(timer);
      clearTimeout(idle);
      end();
      await work;
    },
  };
}

/** Whether labels or the model in use are others than the preview knows, and it is time. @param configured in use where nobody chose one. */
async function isDue(db: Queryable, configured: string): Promise<boolean> {
  const known = await previewStanding(db);
  if (known && known.seconds < pauseSeconds) return false;
  const { count, newest, seconds } = await labelsSince(db, known?.newestEvent ?? null);
  if (newest === '0') return false;
  if (count > 0) return count >= enoughLabels || (seconds ?? 0) >= quietSeconds;
  return known?.model !== ((await modelInUse(db)).model ?? configured);
}

function start(ended: () => void): ChildProcess {
  const program = fileURLToPath(new URL('process.js', import.meta.url));
  const child = fork(program, { execArgv, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  endsWithUs(child);
  child.once('exit', ended);
  child.once('error', ended);
  return child;
}

/** As workers are started: V8 otherwise lets young garbage pile up. */
const execArgv = ['--max-semi-space-size=4'];

/** @returns why there is no new preview; null when there is. */
async function ask(child: ChildProcess, wanted: Wanted): Promise<string | null> {
  const over = new AbortController();
  const hung = setTimeout(() => child.kill('SIGKILL'), longestMs);
  const { signal } = over;
  try {
    child.send(wanted);
    const told = once(child, 'message', { signal }) as Promise<[Told]>;
    const ended = once(child, 'exit', { signal }).then(([code, by]) => [
      { problem: `its process ended (${String(code ?? by)})` },
    ]);
    const [{ problem }] = (await Promise.race([told, ended])) as [Told];
    return problem;
  } finally {
    clearTimeout(hung);
    over.abort();
  }
}
