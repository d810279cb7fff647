import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  agreementSchema,
  errorSchema,
  labelAnswerSchema,
  labelConflictSchema,
  labelHistorySchema,
  labelImportReportSchema,
  labelPageSchema,
  queueNextAnswerSchema,
  queueProgressSchema,
  queueWaitingAnswerSchema,
} from '@dtdqm/contract';
import { startTestApi, type TestApi } from '../api/api.ts';
import { labelOf, queueRuns } from './labelled.ts';

const token = 'a-token-of-the-tests-0123456789abcdef';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token });
  await queueRuns(api.database, 1);
});
afterAll(() => api.close());

const as = (user: string, role = 'Editor', type = 'application/json') => ({
  Authorization: `Bearer ${token}`,
  'X-Grafana-User': user,
  'X-Dtdqm-Role': role,
  'Content-Type': type,
});
const post = (path: string, body: unknown, user = 'ana', role?: string) =>
  api.json(`/api/v1/${path}`, { method: 'POST', headers: as(user, role), body: JSON.stringify(body) });
const get = (path: string, user = 'ana') => api.json(`/api/v1/${path}`, { headers: as(user, 'Viewer') });
const idOf = (body: unknown) => errorSchema.parse(body).error.id;
const query = ({ run, wheel, station, sector }: ReturnType<typeof labelOf>) =>
  new URLSearchParams({
    run: String(run),
    wheel: String(wheel),
    station: String(station),
    sector: String(sector),
  });

describe('of a run that never was', () => {
  const never = { run: 99, wheel: 0, station: 1, sector: 1 };

  it.each([
    ['a label', () => post('labels', { ...labelOf(1, 0), ...never })],
    ['a skip', () => post('queue/skip', { ...never, idempotencyKey: 'never-there' })],
    ['a lease', () => post('queue/lease', never)],
    ['a skip of the original tool', () => api.json('/eval/skip/99/0/1/1', { headers: as('ana') })],
  ])('%s is refused', async (_, ask) => {
    const { status, body } = await ask();
    expect([status, idOf(body)]).toEqual([404, 'not-found']);
    expect(JSON.stringify(body)).toMatch(/run 99|no model has scored/i);
    expect((await api.database.query('select from label_event where run = 99')).rowCount).toBe(0);
  });

  it('but not of one that was deleted since the expert saw it', async () => {
    await api.database.query('insert into deleted_run (run) values (98)');
    expect((await post('labels', { ...labelOf(1, 0), run: 98 })).status).toBe(201);
  });
});

describe('writing labels', () => {
  it('answers repeats alike, and a stale version with both versions', async () => {
    const label = labelOf(1, 0, { baseVersion: 0 });
    const [first, second] = [await post('labels', label), await post('labels', label)];
    expect(first.status).toBe(201);
    expect(second).toEqual(first);
    const { event } = labelAnswerSchema.parse(first.body);
    expect(event.by).toBe('ana');
    const late = await post('labels', labelOf(1, 0, { baseVersion: 0 }), 'bo');
    expect(late.status).toBe(409);
    const { conflict } = labelConflictSchema.parse(late.body).error;
    expect(conflict).toMatchObject({
      yours: { baseVersion: 0 },
      current: { version: 1, label: { id: event.id } },
    });
    const reused = await post('labels', { ...label, note: 'another' });
    expect([reused.status, idOf(reused.body)]).toEqual([422, 'idempotency-key-reused']);
  });

  it('is for editors; nobody writes in another’s name', async () => {
    expect((await post('labels', labelOf(1, 1), 'eve', 'Viewer')).status).toBe(403);
    const answer = await post('labels', { ...labelOf(1, 1), by: 'ana', expert: 'ana' }, 'bo');
    expect(labelAnswerSchema.parse(answer.body).event.by).toBe('bo');
  });

  it('tells every fault of a body at once', async () => {
    const answer = await post('labels', { run: 0, wheel: 9, station: 1, sector: 1, verdicts: ['good'] });
    expect(answer.status).toBe(400);
    const fields = errorSchema.parse(answer.body).error.details?.map(({ field }) => field) ?? [];
    expect(fields).toEqual(expect.arrayContaining(['run', 'wheel', 'verdicts', 'idempotencyKey']));
  });

  it('can be undone by their author or an admin', async () => {
    const { event } = labelAnswerSchema.parse((await post('labels', labelOf(1, 2))).body);
    const undo = { event: event.id, idempotencyKey: 'undo-over-http' };
    const refused = await post('labels/undo', undo, 'bo');
    expect([refused.status, idOf(refused.body)]).toEqual([403, 'not-yours']);
    const done = await post('labels/undo', undo, 'boss', 'Admin');
    expect(labelAnswerSchema.parse(done.body).event).toMatchObject({ kind: 'undo', undoes: event.id });
    const history = labelHistorySchema.parse(
      (await get(`labels/history?${query(labelOf(1, 2)).toString()}`)).body,
    );
    expect(history).toMatchObject({ version: 2, current: null, mine: false });
  });

  it('are told without the scores that were seen to those who answer blind, and whose they are', async () => {
    const request = labelOf(1, 248, {
      seen: { model: 'm@1', scores: Array.from({ length: 12 }, () => 0.25) },
    });
    await post('labels', request, 'ana');
    const history = async (search: string, expert: string) =>
      labelHistorySchema.parse(
        (await get(`labels/history?${query(request).toString()}${search}`, expert)).body,
      );
    const whole = await history('', 'bo');
    expect([whole.mine, whole.current?.seen.model]).toEqual([false, 'm@1']);
    const blind = await history('&seen=false', 'ana');
    expect(blind.mine).toBe(true);
    expect(JSON.stringify(blind)).not.toMatch(/m@1|0\.25/);
    expect(blind.events).toHaveLength(1);
  });

  it('are listed to their author and measured against each other', async () => {
    const mine = labelPageSchema.parse((await get('labels/mine?limit=1')).body);
    expect(mine.events).toHaveLength(1);
    expect(mine.nextCursor).not.toBeNull();
    await post('labels', labelOf(1, 0), 'bo');
    expect(agreementSchema.parse((await get('labels/agreement')).body).layers).toBe(12);
  });
});

describe('the queue', () => {
  it('leases, renews, releases', async () => {
    const { leases } = queueNextAnswerSchema.parse(
      (await post('queue/next', { count: 2, strategy: 'margin' })).body,
    );
    expect(leases).toHaveLength(2);
    const [first] = leases;
    const chamber = { run: first?.run, wheel: first?.wheel, station: first?.station, sector: first?.sector };
    const taken = await post('queue/lease', chamber, 'bo');
    expect([taken.status, idOf(taken.body)]).toEqual([409, 'lease-lost']);
    expect((await post('queue/renew', { lease: first?.lease.id })).status).toBe(200);
    expect((await post('queue/release', { lease: first?.lease.id }, 'bo')).body).toEqual({ released: false });
    expect((await post('queue/release', { lease: first?.lease.id })).body).toEqual({ released: true });
    expect((await post('queue/lease', chamber, 'bo')).status).toBe(200);
  });

  it('needs no body for next', async () => {
    const answer = await api.json('/api/v1/queue/next', { method: 'POST', headers: as('cy') });
    expect(queueNextAnswerSchema.parse(answer.body).leases).toHaveLength(1);
  });

  it('lets viewers look without a lease', async () => {
    const look = async (user: string) => {
      const { chambers } = queueWaitingAnswerSchema.parse((await get('queue/next?blind=true', user)).body);
      return chambers;
    };
    const [seen] = await look('vi');
    expect(seen?.reason.priority).toBeNull();
    expect(await look('vo')).toHaveLength(1);
    expect((await get('queue/progress', 'vi')).body).toMatchObject({
      mine: { labels: 0, skips: 0, session: null },
    });
    expect((await get(`queue/next?count=11`)).status).toBe(400);
  });

  it('gives those who answer blind the hits alone', async () => {
    const { body } = await get('chambers/1/0/1/1/hits');
    expect(Object.keys(body as object).sort()).toEqual(['matrix', 'params']);
    expect((await get('chambers/99/0/1/1/hits')).status).toBe(404);
  });

  it('tells who has a chamber as a random draw nothing of what a model says of it, before the answer', async () => {
    const place = labelOf(1, 17);
    const { run, wheel, station, sector } = place;
    const address = ['', '/scores', '/faults', '/history', '/saliency', '/steps', '/rescored'].map(
      (part) => `chambers/${run}/${wheel}/${sector}/${station}${part}`,
    );
    const refusals = async (expert: string) =>
      (await Promise.all(address.map((each) => get(each, expert)))).filter(
        ({ status, body }) => status === 409 && idOf(body) === 'answer-first',
      ).length;
    const lease = { run, wheel, station, sector, audit: true };
    expect((await post('queue/lease', lease, 'ana')).status).toBe(200);
    expect([await refusals('ana'), await refusals('bo')]).toEqual([address.length, 0]);
    const original = await api.json(`/data/${run}/${wheel}/${sector}/${station}`, { headers: as('ana') });
    expect([original.status, idOf(original.body)]).toEqual([409, 'answer-first']);
    expect((await get(`${address[0]}/hits`, 'ana')).status).toBe(200);
    await post('labels', place, 'ana');
    expect(await refusals('ana')).toBe(0);
  });

  it('skips and unskips, and tells progress', async () => {
    const { run, wheel, station, sector } = labelOf(1, 9);
    const chamber = { run, wheel, station, sector };
    const skip = await post('queue/skip', { ...chamber, idempotencyKey: 'skip-over-http' });
    expect(skip.status).toBe(201);
    expect(queueProgressSchema.parse((await get('queue/progress')).body)).toMatchObject({
      total: 250,
      skipped: 1,
      mine: { skips: 1, session: { skips: 1 } },
    });
    const mineOf = async (user: string) =>
      queueProgressSchema.parse((await get('queue/progress', user)).body).mine;
    await post('labels', labelOf(1, 30), 'di');
    expect(await mineOf('di')).toMatchObject({ session: { labels: 1, skips: 0, perHour: null } });
    const one = await post('labels', labelOf(1, 31), 'di');
    await api.database.query(
      `insert into label_event (run, wheel, station, sector, version, expert, kind, verdicts, at, source, idempotency_key, request_hash)
       select run, wheel, station, sector, version + 1, expert, kind, verdicts, at - interval '31 minutes', source, 'long ago', ''
       from label_event where id = $1`,
      [labelAnswerSchema.parse(one.body).event.id],
    );
    const mine = await mineOf('di');
    expect(mine).toMatchObject({ labels: 3, skips: 0, session: { labels: 2, skips: 0 } });
    expect(mine.session?.perHour).toBeGreaterThan(100);
    expect(
      (await post('queue/unskip', { ...chamber, idempotencyKey: 'unskip-over-http' }, 'bo')).status,
    ).toBe(201);
    const again = await post('queue/unskip', { ...chamber, idempotencyKey: 'unskip-once-more' }, 'bo');
    expect([again.status, idOf(again.body)]).toEqual([404, 'not-found']);
  });
});

describe('files of labels', () => {
  it('go out to viewers and come in from admins', async () => {
    const csv = await api.fetch('/api/v1/labels/export?format=csv', { headers: as('vi', 'Viewer') });
    expect(csv.headers.get('Content-Disposition')).toBe('attachment; filename="labels.csv"');
    const out = await api.fetch('/api/v1/labels/export?format=jsonl', { headers: as('vi', 'Viewer') });
    const text = await out.text();
    const send = (role: string, type = 'application/jsonl', query = 'format=jsonl', body = text) =>
      api.json(`/api/v1/labels/import?${query}`, { method: 'POST', headers: as('boss', role, type), body });
    expect((await send('Editor')).status).toBe(403);
    expect((await send('Admin', 'application/xml')).status).toBe(415);
    const report = labelImportReportSchema.parse((await send('Admin')).body);
    expect(report).toMatchObject({ taken: 0, refused: 0, stored: true });
    expect(report.alreadyThere).toBe(text.trimEnd().split('\n').length);
    const original = (query: string) => send('Admin', 'text/csv', `format=original${query}`, '0,1,1,1,9,1\n');
    const unclear = await original('');
    expect([unclear.status, idOf(unclear.body)]).toEqual([422, 'unclear-file']);
    const looked = labelImportReportSchema.parse((await original('&flags=bad&check=true')).body);
    expect(looked).toMatchObject({
      taken: 1,
      stored: false,
      preview: ['line 1: run 1 W0_St1_Sec1 layer 9 bad'],
    });
  });
});
