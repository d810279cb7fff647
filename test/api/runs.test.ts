import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChambersSchema, runEventSchema, runSchema, type RunEvent } from '@dtdqm/contract';
import { PipelineEvents } from '@dtdqm/worker/pipeline/events';
import { createRunRequests } from '@dtdqm/worker/pipeline/pipeline';
import { claimJob } from '@dtdqm/worker/storage/jobs';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { syntheticRun } from '../postgres/syntheticRun.ts';
import { seedRuns } from './seed.ts';
import { startTestApi, type TestApi } from './api.ts';

const events = new PipelineEvents();
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({}, { events });
  await seedRuns(api.database, [380001, 380002]);
});
afterAll(() => api.close());

const post = (path: string, body?: unknown) =>
  api.json(path, {
    method: 'POST',
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });

describe('one run', () => {
  it('is told whole', async () => {
    const { body } = await api.json('/api/v1/runs/380001');
    expect(runSchema.parse(body)).toMatchObject({ run: 380001, chambers: 250, model: 'test@1.0.0' });
    expect((await api.json('/api/v1/runs/5/')).status).toBe(404);
  });

  it('tells its chambers, and not again to who knows them', async () => {
    const first = await api.fetch('/api/v1/runs/380001/chambers');
    const { chambers } = runChambersSchema.parse(await first.json());
    expect(chambers).toHaveLength(250);
    expect(chambers[0]).toMatchObject({ wheel: -2, station: 1, sector: 1, state: 'present', badLayers: 1 });
    const known = { 'if-none-match': first.headers.get('etag') ?? '' };
    const again = await api.fetch('/api/v1/runs/380001/chambers', { headers: known });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const grown = syntheticRun(380001, { chambers: syntheticRun(2).chambers });
    await saveRunResult(api.database, grown);
    expect((await api.fetch('/api/v1/runs/380001/chambers', { headers: known })).status).toBe(200);
    await saveRunResult(api.database, syntheticRun(380001));
  });
});

describe('asking for runs', () => {
  it('pulls a new one and refuses one that is stored', async () => {
    expect(await post('/api/v1/runs', { run: 390000 })).toEqual({ status: 202, body: { runs: [390000] } });
    expect(api.asked).toContain('fetch 390000');
    expect(await post('/api/v1/runs', { run: 380001 })).toMatchObject({
      status: 409,
      body: { error: { id: 'run-exists' } },
    });
  });

  it('pulls a stored one again, and no other', async () => {
    expect((await post('/api/v1/runs/380001/refetch')).status).toBe(202);
    expect(api.asked).toContain('fetch 380001');
    expect((await post('/api/v1/runs/5/refetch')).status).toBe(404);
  });

  it('scores again those named, or all', async () => {
    expect(await post('/api/v1/runs/reevaluate', { runs: [380001] })).toMatchObject({ status: 202 });
    expect(await post('/api/v1/runs/reevaluate')).toMatchObject({ status: 202 });
    expect(api.asked.slice(-2)).toEqual(['reevaluate 380001', 'reevaluate all']);
  });

  it.each([
    ['no run', {}],
    ['a run below 1', { run: 0 }],
    ['words', { run: 'new' }],
    ['a list', [1]],
    ['nothing', null],
  ])('refuses %s', async (_, body) => {
    expect((await post('/api/v1/runs', body)).status).toBe(400);
  });

  it('refuses a body that is not JSON, too large, or of another kind', async () => {
    const send = (type: string, body: string) =>
      api.fetch('/api/v1/runs', { method: 'POST', headers: { 'content-type': type }, body });
    expect((await send('application/json', '{"run":')).status).toBe(400);
    expect((await send('text/plain', '{"run":1}')).status).toBe(415);
    expect((await send('application/json', `{"run":1,"x":"${'x'.repeat(1024 * 1024)}"}`)).status).toBe(413);
    expect((await send('application/json', '\uD800')).status).toBe(400);
  });

  it('reaches the workers through the job queue', async () => {
    const control = createRunRequests(api.database, 'Global/Online/ALL');
    await control.enqueue(390001);
    expect(await claimJob(api.database, randomUUID())).toMatchObject({ kind: 'fetch', run: 390001 });
  });
});

describe('what happens to runs', () => {
  /** Events of a stream until there are `count`; `act` begins with the first, which says that nothing is missed. */
  async function read(path: string, act: () => Promise<void>, count: number) {
    const stop = new AbortController();
    const answer = await api.fetch(path, { signal: stop.signal });
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const seen: RunEvent[] = [];
    let acting: Promise<void> | undefined;
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += new TextDecoder().decode(chunk as Uint8Array);
      const parts = text.split('\n\n');
      text = parts.pop() ?? '';
      for (const part of parts) {
        const data = /^data: (.*)$/m.exec(part)?.[1];
        if (data !== undefined) seen.push(runEventSchema.parse(JSON.parse(data)));
      }
      if (seen.length > 0) acting ??= act();
      if (seen.length >= count) break;
    }
    await acting;
    stop.abort();
    return seen;
  }

  it('is told of one run, beginning with how it is', async () => {
    const act = async () => {
      events.announce({ type: 'fetching', run: 380001, done: 10, total: 250 });
      events.announce({ type: 'fetching', run: 380002, done: 10, total: 250 });
      events.announce({ type: 'fetching', run: 380001, done: 11, total: 250 });
      await saveRunResult(api.database, syntheticRun(380001, { error: 'no answer' }));
    };
    const seen = await read('/api/v1/runs/events?run=380001', act, 3);
    expect(seen).toMatchObject([
      { type: 'run', number: 380001, run: { status: 'FINISHED' } },
      { type: 'progress', number: 380001, step: 'fetching', done: 10, total: 250 },
      { type: 'run', number: 380001, run: { status: 'ERROR', error: 'no answer' } },
    ]);
  });

  it('is told of deletion', async () => {
    const act = async () => {
      expect(await api.json('/api/v1/runs/380002', { method: 'DELETE' })).toEqual({
        status: 200,
        body: { run: 380002, chambers: 250 },
      });
    };
    const seen = await read('/api/v1/runs/events?run=380002', act, 2);
    expect(seen[1]).toEqual({ type: 'run', number: 380002, run: null });
    expect((await api.json('/api/v1/runs/380002', { method: 'DELETE' })).status).toBe(404);
  });
});
