import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type ChamberId,
  allChambers,
  errorSchema,
  labelListAnswerSchema,
  layersOf,
  type LabelList,
} from '@dtdqm/contract';
import { registerModel } from '@dtdqm/worker/storage/models';
import { startTestApi, type TestApi } from '../api/api.ts';
import { labelOf, queueRuns, stateOf } from './labelled.ts';

const token = 'a-token-of-the-tests-0123456789abcdef';
let api: TestApi;
let run = 0;
beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token });
});
afterAll(() => api.close());

const post = (path: string, body: unknown, user = 'ana') =>
  api.json(`/api/v1/labels${path}`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'X-Grafana-User': user,
      'X-Dtdqm-Role': 'Editor',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify(body),
  });
const answerOf = (body: unknown) => labelListAnswerSchema.parse(body);
const journal = async () => (await api.database.query('select id from label_event')).rowCount;

/** Sector 1 of every wheel and station, where layer 9 is bad, of a run that nobody has answered yet. */
async function newList(overrides: Partial<LabelList> = {}): Promise<LabelList & { chambers: ChamberId[] }> {
  run += 1;
  await queueRuns(api.database, run);
  const chambers = allChambers.filter(({ sector }) => sector === 1);
  return {
    run,
    answer: 'good',
    model: 'test@1.0.0',
    idempotencyKey: randomUUID(),
    ...overrides,
    chambers,
  };
}

it('gives two hundred chambers one answer and takes all of it back', async () => {
  const list = { ...(await newList()), chambers: allChambers.slice(0, 200) };
  const { status, body } = await post('/list', list);
  expect(status).toBe(201);
  const { events, leftOut } = answerOf(body);
  expect([events.length, leftOut]).toEqual([200, []]);
  const [first] = events;
  expect(first?.verdicts).toEqual(Array.from({ length: 12 }, () => 'good'));
  expect(first).toMatchObject({ by: 'ana', blind: false, seen: { model: 'test@1.0.0' } });
  expect(first?.seen.scores?.[8]).toBe(0.75);
  for (const chamber of list.chambers)
    expect(await stateOf(api.database, { run, ...chamber })).toBe('labelled');
  const undo = { events: events.map(({ id }) => id), idempotencyKey: randomUUID() };
  expect((await post('/list/undo', undo)).status).toBe(201);
  for (const chamber of list.chambers)
    expect(await stateOf(api.database, { run, ...chamber })).toBe('waiting');
  // Once more, as a line that failed would send it.
  expect(answerOf((await post('/list/undo', undo)).body).events).toHaveLength(200);
});

it('takes over what the model says of each layer, and says nothing of layers of which it says nothing', async () => {
  const list = await newList({ answer: 'as-judged' });
  await api.database.query(
    `update chamber_score set verdicts[3] = 'unknown' where run = $1 and sector = 1 and station = 4`,
    [run],
  );
  const { events } = answerOf((await post('/list', list)).body);
  for (const { station, verdicts } of events) {
    const layers = layersOf(station as 1);
    const expected = Array.from({ length: 12 }, (_, row) => {
      if (!layers.includes(row + 1) || (station === 4 && row === 2)) return null;
      return row === 8 ? 'bad' : 'good';
    });
    expect(verdicts).toEqual(expected);
  }
});

it('leaves out what is labelled already and what has no verdict, and names it', async () => {
  const list = await newList();
  const [labelled, unknown, absent] = list.chambers as [ChamberId, ChamberId, ChamberId];
  await post(
    '',
    { ...labelOf(run, 0), ...labelled, verdicts: Array.from({ length: 12 }, () => 'bad') },
    'ben',
  );
  await api.database.query(
    `update chamber_score set verdicts = array_fill('unknown'::verdict, array[12]) where (run, wheel, station, sector) = ($1, $2, $3, $4)`,
    [run, unknown.wheel, unknown.station, unknown.sector],
  );
  await api.database.query(
    `delete from chamber_score where (run, wheel, station, sector) = ($1, $2, $3, $4)`,
    [run, absent.wheel, absent.station, absent.sector],
  );
  const { events, leftOut } = answerOf((await post('/list', list)).body);
  expect(events).toHaveLength(17);
  expect(leftOut).toEqual([
    { ...labelled, reason: 'is labelled already' },
    { ...unknown, reason: 'has no verdict' },
    { ...absent, reason: 'has no verdict' },
  ]);
});

it('stores nothing at all of a list that was seen before another model judged the run', async () => {
  const list = await newList({ model: 'before@1.0.0' });
  const before = await journal();
  const { status, body } = await post('/list', list);
  expect([status, errorSchema.parse(body).error.id]).toEqual([409, 'conflict']);
  expect(errorSchema.parse(body).error.message).toMatch(/test@1\.0\.0 has judged run \d+ since/);
  expect(await journal()).toBe(before);
});

it('answers a repeat with the same events, also after the run was judged anew', async () => {
  const list = await newList();
  const ids = async () => answerOf((await post('/list', list)).body).events.map(({ id }) => id);
  const first = await ids();
  await registerModel(api.database, { name: 'next@1.0.0', hash: 'n' });
  await api.database.query(`update run set model = 'next@1.0.0' where run = $1`, [run]);
  expect(await ids()).toEqual(first);
  const { status, body } = await post('/list', { ...list, answer: 'as-judged' });
  expect([status, errorSchema.parse(body).error.id]).toEqual([422, 'idempotency-key-reused']);
});

it('takes back none when one of them is somebody else’s', async () => {
  const { events } = answerOf((await post('/list', await newList())).body);
  const [other] = answerOf((await post('/list', await newList(), 'ben')).body).events;
  const undo = { events: [...events.map(({ id }) => id), other?.id], idempotencyKey: randomUUID() };
  const before = await journal();
  expect((await post('/list/undo', undo)).status).toBe(403);
  expect(await journal()).toBe(before);
});

it('lets two experts answer lists that overlap at once: each chamber gets one answer', async () => {
  const list = await newList();
  const reversed = { ...list, chambers: [...list.chambers].reverse(), idempotencyKey: randomUUID() };
  const answers = await Promise.all([post('/list', list), post('/list', reversed, 'ben')]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201]);
  expect(answers.map(({ body }) => answerOf(body).events.length).sort((a, b) => a - b)).toEqual([0, 20]);
});

it.each([
  ['no chamber', { chambers: [] }, 'chambers'],
  ['a chamber twice', { chambers: [allChambers[0], allChambers[0]] }, 'must name each chamber once'],
  ['another answer', { answer: 'bad' }, 'answer'],
])('refuses %s by field and rule', async (_, overrides, said) => {
  const { status, body } = await post('/list', {
    run,
    model: 'test@1.0.0',
    answer: 'good',
    chambers: allChambers.slice(0, 2),
    idempotencyKey: randomUUID(),
    ...overrides,
  });
  expect([status, errorSchema.parse(body).error.id]).toEqual([400, 'invalid-request']);
  expect(JSON.stringify(body)).toContain(said);
});
