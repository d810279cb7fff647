import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { readConfig, type Environment } from '@dtdqm/worker/config/index';
import {
  lookAtDatabase,
  lookAtDisk,
  lookAtDqm,
  examine,
  type Finding,
  lookAtGrafana,
  lookAtScoring,
} from '@dtdqm/worker/observe/doctor';
import { requestFetch } from '@dtdqm/worker/storage/jobs';
import { Authority } from '../dqm/certificates.ts';
import { toyDetector } from '../dqm/toyDetector.ts';
import { smallFileSystem } from '../faults/rig/cluster.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm } from '../start/dtdqm.ts';

let storage: TestDatabase;
let simulator: Simulator;
let folder: string;
beforeAll(async () => {
  storage = await createTestDatabase();
  simulator = await startSimulator({ source: toyDetector(7) });
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-doctor-'));
});
afterAll(async () => {
  await simulator.close();
  await storage.drop();
  await rm(folder, { recursive: true });
});

async function find(
  look: (config: ReturnType<typeof readConfig>) => Promise<Finding | Finding[]>,
  part: string,
  env: Environment,
): Promise<Finding | undefined> {
  return [await look(readConfig({ DTDQM_DATA_DIR: folder, ...env }))]
    .flat()
    .find((each) => each.part === part);
}
const inDatabase = (part: string) => find(lookAtDatabase, part, { DATABASE_URL: storage.url });
const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

describe('the database', () => {
  test('is well: server, schema, clock and queue', async () => {
    expect(await inDatabase('database')).toEqual({
      part: 'database',
      state: 'ok',
      found: matching(/^PostgreSQL \d+.*127\.0\.0\.1:\d+\/test_\w+, \d+ [kM]B$/),
    });
    expect(await inDatabase('schema')).toMatchObject({ state: 'ok', found: matching(/^up to date: \d{4}_/) });
    expect(await inDatabase('clock')).toMatchObject({ state: 'ok' });
    expect(await inDatabase('queue')).toMatchObject({ state: 'ok', found: matching(/^0 jobs wait/) });
  });

  test('was migrated by a newer version', async () => {
    await storage.database.query(`insert into migration (name, run_on) values ('9999_later', now())`);
    expect(await inDatabase('schema')).toMatchObject({
      state: 'failure',
      found: matching(/newer version: 9999_later/),
      fix: matching(/newer version of the monitor, or restore/),
    });
    await storage.database.query(`delete from migration where name = '9999_later'`);
  });

  test('has jobs that nobody takes', async () => {
    await requestFetch(storage.database, [{ run: 390001, dataset: 'Global/Online/ALL' }]);
    await storage.database.query(`update job set requested_at = now() - interval '1 hour'`);
    expect(await inDatabase('queue')).toMatchObject({
      state: 'warning',
      found: matching(/^1 jobs wait, the oldest for 36\d\d s/),
      fix: matching(/start a worker/),
    });
  });

  test('says so where its clock and ours differ', async () => {
    const preload = fileURLToPath(new URL('../faults/rig/wrongClock.ts', import.meta.url));
    const doctor = dtdqm(['doctor'], {
      env: {
        DATABASE_URL: storage.url,
        DTDQM_DATA_DIR: folder,
        NODE_OPTIONS: `--import tsx --import ${preload}`,
        WRONG_CLOCK: JSON.stringify({ clockOffsetSeconds: 3600 }),
      },
    });
    await doctor.ended;
    expect(doctor.output()).toMatch(
      /WARN {2}clock .* 3(599|600|601)(\.\d)? s ahead of the database's\n +-> synchronise the clocks/,
    );
  });

  test('does not exist yet, which is no fault', async () => {
    expect(await find(lookAtDatabase, 'database', {})).toMatchObject({
      state: 'warning',
      fix: matching(/first/),
    });
  });
});

describe('the disk', () => {
  test('has room, or is not ours', async () => {
    expect(await find(lookAtDisk, 'disk', { DATABASE_URL: storage.url })).toMatchObject({ state: 'skipped' });
  });

  test('is nearly full', async (context) => {
    const small = await smallFileSystem(50);
    if (small === undefined) return context.skip('needs the right to mount a tmpfs');
    try {
      const DTDQM_DATA_DIR = path.join(small.directory, 'not', 'made', 'yet');
      expect(await find(lookAtDisk, 'disk', { DTDQM_DATA_DIR })).toMatchObject({
        state: 'failure',
        found: matching(/^0\.\d GB free for /),
        fix: matching(/make room/),
      });
    } finally {
      await small.unmount();
    }
  });
});

describe('the DQM server', () => {
  test('lists no run of the dataset', async () => {
    const env = { DQM_URL: simulator.url, DQM_DATASET: 'Global/Online/NONE' };
    expect(await find(lookAtDqm, 'DQM server', env)).toMatchObject({
      state: 'warning',
      fix: 'check DQM_DATASET',
    });
  });

  test('shows a histogram of its newest run', async () => {
    expect(await find(lookAtDqm, 'DQM server', { DQM_URL: simulator.url })).toMatchObject({
      state: 'ok',
      found: matching(/lists 1 runs up to 7 and shows W0_St1_Sec1 of it, in \d/),
    });
  });

  test('lists runs and has no histogram where the settings look for it', async () => {
    const onlyNew = await startSimulator({ source: toyDetector(7), dialects: ['new'] });
    try {
      const at = (dialect: string) =>
        find(lookAtDqm, 'DQM server', { DQM_URL: onlyNew.url, DQM_DIALECT: dialect });
      expect(await at('auto')).toMatchObject({ state: 'ok' });
      // The new server lists runs at the classic address too.
      expect(await at('classic')).toMatchObject({
        state: 'failure',
        found: matching(/^run 7 W0_St1_Sec1: /),
      });
    } finally {
      await onlyNew.close();
    }
  });

  test('lists a run that has no histograms', async () => {
    simulator.misbehaviour.replace([{ run: 7, action: { do: 'missing' } }]);
    expect(await find(lookAtDqm, 'DQM server', { DQM_URL: simulator.url })).toMatchObject({
      state: 'warning',
      found: matching(/up to 7, which has no histogram of W0_St1_Sec1, W-2_St2_Sec7/),
    });
    simulator.misbehaviour.replace([]);
  });

  test('leads to a login page', async () => {
    simulator.misbehaviour.replace([{ action: { do: 'login-page' } }]);
    expect(await find(lookAtDqm, 'DQM server', { DQM_URL: simulator.url })).toMatchObject({
      state: 'failure',
      found: matching(/web page instead of data/),
    });
    simulator.misbehaviour.replace([]);
  });

  test.each([
    [300, 'ok', /CN=monitor, until 20\d\d-\d\d-\d\d \(299 days\)|\(300 days\)/],
    [5, 'warning', /\([45] days\)/],
    [-2, 'failure', /^expired: /],
  ])('wants a certificate, and ours has %d days left', async (days, state, found) => {
    const { cert, key } = new Authority('some authority').issue({ name: 'monitor', days });
    const file = path.join(folder, `certificate-${days}.pem`);
    await writeFile(file, cert + key);
    const env = { DQM_URL: 'https://127.0.0.1:1/dqm', DQM_CERT: file };
    const finding = await find(lookAtDqm, 'certificate', env);
    expect(finding).toMatchObject({ state, found: matching(found) });
    expect(finding?.fix ?? '').toMatch(state === 'ok' ? /^$/ : /ask your certificate authority/);
  });

  test('wants a certificate, and there is none at that path', async () => {
    const env = { DQM_URL: 'https://127.0.0.1:1/dqm', DQM_CERT: path.join(folder, 'nothing.pem') };
    expect(await find(lookAtDqm, 'certificate', env)).toMatchObject({
      state: 'failure',
      found: matching(/does not exist; check the path/),
    });
  });
});

describe('scoring', () => {
  test('names backend and model', async () => {
    expect(await find(lookAtScoring, 'backend', {})).toMatchObject({ state: 'ok', found: matching(/\w/) });
    expect(await find(lookAtScoring, 'model', {})).toMatchObject({
      state: 'ok',
      found: matching(/^\S+@\S+$/),
    });
  });

  test('has no model where it should be', async () => {
    expect(await find(lookAtScoring, 'backend', { DTDQM_MODEL_DIR: folder })).toMatchObject({
      state: 'failure',
      found: matching(new RegExp(folder)),
      fix: matching(/DTDQM_MODEL_DIR/),
    });
  });
});

describe('Grafana', () => {
  let grafana: Server | undefined;
  afterEach(() => grafana?.close());
  const answering = async (replies: Record<string, [number, object]>) => {
    grafana = createServer((request, response) => {
      const [status, body] = replies[request.url ?? ''] ?? [404, {}];
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => grafana?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(grafana.address() as AddressInfo).port}`;
    return find(lookAtGrafana, 'Grafana', { DTDQM_GRAFANA_URL: url, API_TOKEN: 'a-token-that-is-long' });
  };
  const health: [number, object] = [200, { database: 'ok', version: '11.6.0' }];

  test('answers and hands out keys', async () => {
    expect(
      await answering({ '/api/health': health, '/api/signing-keys/keys': [200, { keys: [] }] }),
    ).toMatchObject({
      state: 'ok',
      found: matching(/^version 11\.6\.0 at /),
    });
  });

  test('hands out no keys', async () => {
    expect(await answering({ '/api/health': health })).toMatchObject({
      state: 'warning',
      found: matching(/signing keys answer 404/),
      fix: matching(/idForwarding/),
    });
  });

  test('has lost its own database', async () => {
    const sick: [number, object] = [503, { database: 'failing', version: '11.6.0' }];
    expect(await answering({ '/api/health': sick })).toMatchObject({
      state: 'failure',
      found: 'its own database is "failing"',
    });
  });

  test('is something else', async () => {
    expect(await answering({})).toMatchObject({ state: 'failure', found: matching(/is this Grafana/) });
  });
});

test('every finding that is not well says what to do', async () => {
  const findings = await examine(
    readConfig({
      DTDQM_DATA_DIR: folder,
      DATABASE_URL: 'postgres://a:b@127.0.0.1:1/x',
      DQM_URL: 'http://127.0.0.1:1/',
    }),
  );
  const parts = ['database', 'certificate', 'DQM server', 'backend', 'model', 'disk', 'Grafana'];
  expect(findings.map(({ part }) => part)).toEqual(parts);
  for (const { part, state, fix } of findings) {
    expect(fix !== undefined, part).toBe(state === 'warning' || state === 'failure');
  }
});
