import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Logger } from 'pino';
import type { Database } from '../../storage/database.ts';
import { modelInUse } from '../../storage/modelChoice/acts.ts';
import type { Scorer } from '../../scoring/scorer.ts';
import { modelFolderOf } from './modelFolderOf.ts';

export interface ModelFollowerOptions {
  database: Database;
  scorer: Pick<Scorer, 'model' | 'replaceModel'>;
  log: Pick<Logger, 'info' | 'warn'>;
  /** Folder to return to when the model chosen came with the program. */
  fallbackModel: string;
  /** Called after a change: what other models scored may be scored anew. */
  onChange?(model: string): Promise<unknown>;
  /** 15 s unless set. */
  everyMs?: number;
}

/** Keeps a running scorer on the model that the database says is in use. A model that does not load changes nothing. */
export function followModel({ everyMs = 15_000, ...options }: ModelFollowerOptions): {
  stop(): Promise<void>;
} {
  let work = Promise.resolve();
  let refused = '';
  const look = () => {
    work = work.then(async () => {
      try {
        refused = await follow(options, refused);
      } catch (error) {
        options.log.warn({ err: error }, 'the model in use cannot be looked up; trying again');
      }
    });
  };
  const timer = setInterval(look, everyMs);
  look();
  return {
    async stop() {
      clearInterval(timer);
      await work;
    },
  };
}

/** @returns the model that did not load, so that it is not tried every time. */
async function follow(
  { database, scorer, log, fallbackModel, onChange }: Omit<ModelFollowerOptions, 'everyMs'>,
  refused: string,
): Promise<string> {
  const { model } = await modelInUse(database);
  if (model === null || model === scorer.model || model === refused) return refused;
  const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-model-'));
  const before = scorer.model;
  try {
    await scorer.replaceModel((await modelFolderOf(database, scratch, fallbackModel)) ?? fallbackModel);
  } catch (error) {
    log.warn({ err: error, model }, `the model in use does not load; ${before} goes on`);
    return model;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  if (scorer.model !== model) {
    log.warn({ model }, `the files of the model in use are not kept; ${scorer.model} goes on`);
    return model;
  }
  log.info({ model, before }, 'another model is in use now');
  await onChange?.(model);
  return '';
}
