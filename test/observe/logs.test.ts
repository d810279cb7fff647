import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { dtdqm, type Started } from '../start/dtdqm.ts';

let storage: TestDatabase;
let started: Started;
let url: string;
beforeAll(async () => {
  storage = await createTestDatabase();
  const env = { DATABASE_URL: storage.url, DTDQM_LOG_FORMAT: 'json' };
  started = dtdqm(['start'], { env });
  url = String((await started.line('the API listens'))['url']);
});
afterAll(async () => {
  started.process.kill('SIGKILL');
  await started.ended;
  await storage.drop();
});

test('the log is lines of JSON; requests carry an id that the answer has too, runs their number', async () => {
  const headers = { 'content-type': 'application/json', 'x-request-id': 'shift-2026-11-24' };
  const given = await fetch(`${url}/api/v1/runs`, { method: 'POST', headers, body: '{"run":7}' });
  expect(given.headers.get('x-request-id')).toBe('shift-2026-11-24');
  // One that could forge lines or flood the log is not taken over.
  const forged = await fetch(`${url}/api/v1/runs/x`, { headers: { 'x-request-id': 'a b"{}' } });
  const made = forged.headers.get('x-request-id') ?? '';
  expect(made).toMatch(/^[0-9a-f-]{36}$/);
  expect(await started.line('run stored')).toMatchObject({
    run: expect.any(Number) as number,
    status: 'FINISHED',
    level: 'info',
  });

  const lines = started
    .output()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.filter(({ msg }) => msg === 'request')).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        requestId: 'shift-2026-11-24',
        method: 'POST',
        status: 202,
        caller: 'local',
      }),
      expect.objectContaining({ requestId: made, path: '/api/v1/runs/x', status: 400 }),
    ]),
  );
  for (const line of lines)
    expect(line).toMatchObject({ level: expect.any(String) as string, time: expect.any(String) as string });
});
