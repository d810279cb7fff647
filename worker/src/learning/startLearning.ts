import path from 'node:path';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { defaultModelFolder, type Scorer } from '@dtdqm/detector';
import { endsWithUs } from '../childProcess.ts';
import { everyTime } from '../pipeline/schedule.ts';
import { retryWhileUnavailable } from '../storage/connectionErrors.ts';
import type { Database } from '../storage/database.ts';
import { modelInUse } from '../storage/models.ts';
import { findModelFolder, registerFolder } from './retrain/modelChoice.ts';

export interface LearningOptions {
  database: Database;
  scorer: Pick<Scorer, 'model' | 'replaceModel'>;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
  /** Gives the start up. */
  signal?: AbortSignal | undefined;
}

export interface Learning {
  /**
   * Goes on following the choice of model, and retrains by schedule.
   *
   * @param reevaluate marks what other models scored to be scored anew.
   */
  keepUp(settings: {
    /** Address of the database, for the process that retrains; holds the password. */
    databaseUrl: string;
    /** Cron expression, or `never`. */
    retrainSchedule: string;
    reevaluate(): Promise<unknown>;
    /** How often the choice is looked up; 5 s unless set. */
    everyMs?: number;
  }): { stop(): Promise<void> };
  /** Removes the files of the model in use, once the scorer is no longer needed. */
  close(): Promise<void>;
}

/**
 * Keeps the files of the model that a worker starts with, so that it can be rolled back to, and goes over to the one that
 * people or the gate chose before anything is scored.
 */
export async function startLearning(options: LearningOptions): Promise<Learning> {
  const { database, log } = options;
  const folder = options.modelDirectory ?? (await defaultModelFolder());
  const { model, isAnother } = await retryWhileUnavailable(() => registerFolder(database, folder), options);
  if (isAnother) log.warn({ model }, 'other weights have scored under this name: give them another version');
  const follower = new ModelFollower(options);
  await retryWhileUnavailable(() => follower.look(), options);
  const { model: chosen } = await retryWhileUnavailable(() => modelInUse(database), options);
  return {
    keepUp({ databaseUrl, retrainSchedule, reevaluate, everyMs = 5_000 }) {
      const stopping = new AbortController();
      let work = Promise.resolve();
      // The choice may have been made while no worker ran.
      let isPending = chosen !== null;
      const follow = () => {
        work = work.then(async () => {
          try {
            if (stopping.signal.aborted) return;
            if (await follower.look()) isPending = true;
            if (isPending) await reevaluate();
            isPending = false;
          } catch (error) {
            log.warn({ err: error }, 'the model in use cannot be followed; trying again');
          }
        });
      };
      follow();
      const timer = setInterval(follow, everyMs);
      const retrain = () => retrainBySchedule(databaseUrl, stopping.signal, log);
      const schedule = retrainSchedule === 'never' ? undefined : everyTime(retrainSchedule, retrain, log);
      return {
        async stop() {
          stopping.abort(new Error('the worker is being stopped'));
          clearInterval(timer);
          await Promise.all([work, schedule?.stop()]);
        },
      };
    },
    close: () => follower.close(),
  };
}

async function retrainBySchedule(
  databaseUrl: string,
  signal: AbortSignal,
  log: LearningOptions['log'],
): Promise<void> {
  try {
    log.info({ report: await retrainInChild(databaseUrl, signal) }, 'retraining by schedule is done');
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

export interface ModelFollowerOptions {
  database: Database;
  scorer: Pick<Scorer, 'model' | 'replaceModel'>;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
}

/** Keeps a running scorer on the model that the database says is in use. A model that cannot be used changes nothing. */
export class ModelFollower {
  readonly #options: ModelFollowerOptions;
  #work: Promise<unknown> = Promise.resolve();
  /** Not tried again until another one is chosen. */
  #refused: string | null = null;
  /** Holds the files of the model in use: a scoring thread that crashes loads them again. */
  #scratch: string | undefined;

  constructor(options: ModelFollowerOptions) {
    this.#options = options;
  }

  /**
   * Goes over to the model in use, unless the scorer is there already.
   *
   * @returns whether the scorer changed its model.
   * @throws when the database cannot be asked.
   */
  look(): Promise<boolean> {
    const looked = this.#work.then(() => this.#look());
    this.#work = looked.catch(() => undefined);
    return looked;
  }

  /** Waits for a look under way and removes its files; the scorer must not be used afterwards. */
  async close(): Promise<void> {
    await this.#work;
    if (this.#scratch !== undefined) await remove(this.#scratch);
  }

  async #look(): Promise<boolean> {
    const { database, scorer } = this.#options;
    const { model } = await modelInUse(database);
    if (model === this.#refused) return false;
    this.#refused = null;
    if (model === null || model === scorer.model) return false;
    const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-model-'));
    if (await this.#goOver(model, scratch)) {
      const before = this.#scratch;
      this.#scratch = scratch;
      if (before !== undefined) await remove(before);
      return true;
    }
    this.#refused = model;
    await remove(scratch);
    return false;
  }

  async #goOver(model: string, scratch: string): Promise<boolean> {
    const { database, scorer, log, modelDirectory } = this.#options;
    const before = scorer.model;
    const folder = await findModelFolder(database, model, scratch, modelDirectory);
    if (folder === null) {
      log.warn({ model }, `the files of the model in use are nowhere; ${before} goes on`);
      return false;
    }
    try {
      await scorer.replaceModel(folder);
    } catch (error) {
      log.warn({ err: error, model }, `the model in use does not load; ${before} goes on`);
      return false;
    }
    log.info({ model, before }, 'another model is in use now');
    return true;
  }
}

const remove = (folder: string) => rm(folder, { recursive: true, force: true });

const program = fileURLToPath(new URL('../../bin/dtdqm.js', import.meta.url));

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
  endsWithUs(child);
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
