import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Database } from '../../storage/database.ts';
import { modelInUse } from '../../storage/models.ts';
import type { Scorer } from '@dtdqm/detector';
import { findModelFolder } from './findModelFolder.ts';

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
