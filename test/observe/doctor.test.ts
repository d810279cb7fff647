import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startSimulator, type Simulator } from '@dtdqm/simulator/server';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm } from '../start/dtdqm.ts';
import { toyDetector } from '../dqm/toyDetector.ts';

let storage: TestDatabase;
let simulator: Simulator;
let folder: string;
beforeAll(async () => {
  storage = await createTestDatabase({ migrated: false });
  simulator = await startSimulator({ source: toyDetector(7) });
  folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-doctor-'));
});
afterAll(async () => {
  await simulator.close();
  await storage.drop();
  await rm(folder, { recursive: true });
});

interface Finding {
  part: string;
  state: string;
  found: string;
  fix?: string;
}

async function doctor(env: Record<string, string>) {
  const started = dtdqm(['doctor', '--json'], { env: { DTDQM_DATA_DIR: folder, ...env } });
  const code = await started.ended;
  const { findings } = JSON.parse(started.output()) as { findings: Finding[] };
  return { code, of: (part: string) => findings.find((finding) => finding.part === part) };
}

test('dtdqm doctor tells what is well, and what to do about the rest', async () => {
  const { code, of } = await doctor({ DATABASE_URL: storage.url, DQM_URL: simulator.url });
  expect(code).toBe(0);
  expect(of('database')?.state).toBe('ok');
  expect(of('schema')).toMatchObject({ state: 'warning', fix: 'run "dtdqm migrate"' });
  expect(of('DQM server')).toMatchObject({
    state: 'ok',
    found: expect.stringContaining('lists 1 runs up to 7') as string,
  });
  expect(of('model')?.found).toMatch(/^\S+@\S+$/);
  expect(of('Grafana')?.state).toBe('skipped');
});

test('dtdqm doctor fails when a part does not work, without secrets in its words', async () => {
  const { code, of } = await doctor({
    DATABASE_URL: 'postgres://user:hidden@127.0.0.1:1/dt',
    DQM_URL: 'http://127.0.0.1:1/dqm',
    API_TOKEN: 'a-token-that-is-long',
    DTDQM_GRAFANA_URL: 'http://127.0.0.1:1',
  });
  expect(code).toBe(1);
  for (const part of ['database', 'DQM server', 'Grafana']) expect(of(part)?.state).toBe('failure');
  expect(JSON.stringify(of('database'))).not.toContain('hidden');
});
