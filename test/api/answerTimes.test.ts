import type { Context } from 'koa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pino } from 'pino';
import { createApp } from '@dtdqm/worker/api/app';
import { openPort } from '@dtdqm/worker/api/server';
import { readConfig } from '@dtdqm/worker/config/index';
import { countAnswerTimes, measureRequests } from '@dtdqm/worker/api/measureRequests';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(() => db.drop());

test('a minute of answers becomes a row a route; invented addresses are one route', async () => {
  const times = countAnswerTimes(db.database, { warn: () => undefined });
  const measured = measureRequests({ log: pino({ level: 'silent' }), metrics: undefined, minutes: times });
  const answer = (fields: object, status: number) => {
    const request = {
      method: 'GET',
      status,
      get: () => '',
      set: () => undefined,
      state: {},
      res: { once: () => undefined },
    };
    return measured({ ...request, ...fields } as unknown as Context, () => Promise.resolve());
  };
  for (let count = 0; count < 20; count += 1)
    await answer({ _matchedRoute: '/runs/:run' }, count === 0 ? 503 : 200);
  await answer({ path: '/a' }, 404);
  await answer({ path: '/b' }, 404);
  await times.flush();
  await times.flush();
  await times.stop();
  const { rows } = await db.database.query(
    'select route, requests, failures, mean_ms <= greatest_ms and p95_ms <= greatest_ms as sane from reporting.api_minutes order by 1',
  );
  expect(rows).toEqual([
    { route: 'GET /runs/:run', requests: 20, failures: 1, sane: true },
    { route: 'no route', requests: 2, failures: 0, sane: true },
  ]);
});

test('the API counts its answers, and those of its last minute are stored when it stops', async () => {
  await db.database.query('delete from api_minute');
  const { koa, stop } = createApp({
    database: db.database,
    databaseUrl: db.url,
    control: { enqueue: () => Promise.resolve(), reevaluate: () => Promise.resolve([]) },
    config: readConfig({}),
    log: pino({ level: 'silent' }),
  });
  const port = await openPort('127.0.0.1', 0);
  const callback = koa.callback();
  port.serve((request, response) => void callback(request, response));
  for (const path of ['runs', 'runs', 'nothing-here'])
    await (await fetch(`${port.url}/api/v1/${path}`)).text();
  await stop();
  await port.close();
  const { rows } = await db.database.query('select route, requests from reporting.api_minutes order by 1');
  expect(rows).toEqual([
    { route: 'GET /api/v1/runs', requests: 2 },
    { route: 'no route', requests: 1 },
  ]);
});
