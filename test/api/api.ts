import { pino } from 'pino';
import { createApp } from '@dtdqm/worker/api/app';
import type { ApiDeps, RunControl } from '@dtdqm/worker/api/route';
import { openPort, type PortLimits } from '@dtdqm/worker/api/server';
import { readConfig, type Environment } from '@dtdqm/worker/config/index';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

export interface TestApi extends TestDatabase {
  url: string;
  databaseUrl: string;
  /** What was asked of the workers. */
  asked: string[];
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Status and body of a JSON answer. */
  json(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }>;
  close(): Promise<void>;
}

/** The real application on a port of its own over a database of its own; the workers are a list of what they were asked. */
export async function startTestApi(
  env: Environment = {},
  overrides: Partial<ApiDeps> = {},
  limits?: PortLimits,
): Promise<TestApi> {
  const storage = await createTestDatabase();
  const asked: string[] = [];
  const control: RunControl = {
    enqueue: (run) => Promise.resolve(void asked.push(`fetch ${run}`)),
    reevaluate: (runs) =>
      Promise.resolve(void asked.push(`reevaluate ${runs?.join() ?? 'all'}`)).then(() => [...(runs ?? [])]),
  };
  const { koa, stop } = createApp({
    database: storage.database,
    databaseUrl: storage.url,
    control,
    config: readConfig(env),
    log: pino({ level: 'silent' }),
    ...overrides,
  });
  const port = await openPort('127.0.0.1', 0, limits);
  const callback = koa.callback();
  port.serve((request, response) => void callback(request, response));
  const ask = (path: string, init?: RequestInit) => fetch(port.url + path, { redirect: 'manual', ...init });
  return {
    ...storage,
    url: port.url,
    databaseUrl: storage.url,
    asked,
    fetch: ask,
    async json(path, init) {
      const answer = await ask(path, init);
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
    },
    async close() {
      await stop();
      await port.close();
      await storage.drop();
    },
  };
}
