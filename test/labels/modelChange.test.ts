import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { registerFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { inTemporaryFolder, writeUntrainedModel } from '@dtdqm/detector/testing';
import { registerModel } from '@dtdqm/worker/storage/models';
import { createTestDatabase, modelsOfRun, type TestDatabase } from '../postgres/database.ts';
import { MemorySource } from '../pipeline/memorySource.ts';
import { dtdqm, type Started } from '../start/dtdqm.ts';

// Whole processes start here, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 180_000 });

const first = 'configured@1';
const second = 'untrained@1';
const broken = 'broken@1';

let db: TestDatabase;
let simulator: Simulator;
const source = new MemorySource();
let worker: Started;
/** Folder of the model that the configuration names. */
let configured: string;

function startWorker(env: Record<string, string> = {}): Started {
  return dtdqm(['worker'], { env: { ...environment(), DQM_URL: simulator.url, ...env } });
}

const environment = () => ({
  DATABASE_URL: db.url,
  DTDQM_MODEL_DIR: configured,
  DTDQM_SCHEDULE: '* * * * * *',
  DTDQM_LOG_FORMAT: 'json',
});

/** Runs a command to its end. @returns what it printed. */
async function run(...args: string[]): Promise<string> {
  const command = dtdqm(args, { env: environment() });
  expect(await command.ended, command.output()).toBe(0);
  return command.output();
}

/** Waits until the run is stored with the scores of this model. */
const scored = (number: number, model: string) =>
  vi.waitFor(
    async () => {
      const { rows } = await db.database.query('select status, model from run where run = $1', [number]);
      expect(rows).toEqual([{ status: 'FINISHED', model }]);
    },
    { timeout: 120_000, interval: 200 },
  );

const said = (message: string) =>
  vi.waitFor(() => expect(worker.output()).toContain(message), { timeout: 120_000, interval: 200 });

beforeAll(async () => {
  db = await createTestDatabase();
  simulator = await startSimulator({ source: source.set(1) });
  configured = await mkdtemp(join(tmpdir(), 'dtdqm-configured-'));
  await writeUntrainedModel(configured, 2, { name: 'configured' });
  await inTemporaryFolder(async (folder) => {
    await writeUntrainedModel(`${folder}/model`);
    // From here on only the database has its files.
    await registerFolder(db.database, `${folder}/model`);
  });
  await registerModel(db.database, { name: broken, hash: 'broken' });
  await db.database.query(`insert into model_file values ($1, 'metadata.json', 'this is not JSON')`, [
    broken,
  ]);
  worker = startWorker();
});
afterAll(async () => {
  worker.process.kill('SIGKILL');
  await worker.ended;
  await simulator.close();
  await db.drop();
  await rm(configured, { recursive: true });
});

// The tests build on one another, as people go on with what was chosen before.
describe('a running worker', () => {
  it('goes over to a promoted model and scores anew what the old one scored, whose scores stay', async () => {
    await scored(1, first);
    await run('model', 'promote', second);
    await said('another model is in use now');
    await scored(1, second);
    expect((await modelsOfRun(db.database, 1)).sort()).toEqual([first, second]);
    source.set(2);
    await scored(2, second);
  });

  it('goes on with what it has when the model chosen does not load', async () => {
    await run('model', 'promote', broken);
    await said(`the model in use does not load; ${second} goes on`);
    source.set(3);
    await scored(3, second);
    expect(worker.process.exitCode).toBeNull();
  });

  it('goes back two choices, to the model it began with', async () => {
    expect(JSON.parse(await run('model', 'rollback'))).toMatchObject({ model: second });
    expect(JSON.parse(await run('model', 'rollback'))).toMatchObject({ model: first, previous: null });
    for (const number of [1, 2, 3]) await scored(number, first);
  });
});

describe('a worker that starts', () => {
  it('takes up the choice before it scores, and asks by schedule whether there is anything to learn', async () => {
    worker.process.kill('SIGTERM');
    await worker.ended;
    await run('model', 'promote', second);
    expect(JSON.parse(await run('model', 'pin'))).toMatchObject({ model: second, pinned: true });
    source.set(4);
    worker = startWorker({ DTDQM_RETRAIN_SCHEDULE: '*/3 * * * * *' });
    for (const number of [1, 2, 3, 4]) await scored(number, second);
    // Never by the model of the configuration.
    expect(await modelsOfRun(db.database, 4)).toEqual([second]);
    const done = await worker.line('retraining by schedule is done');
    expect(done['report']).toEqual({ skipped: 'there are no new labels' });
    worker.process.kill('SIGTERM');
    await worker.ended;
  });
});
