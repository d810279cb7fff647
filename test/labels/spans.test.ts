import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  labelAnswerSchema,
  labelHistorySchema,
  labelWriteSchema,
  type LabelHistory,
  type LabelRequest,
  type LabelWrite,
} from '@dtdqm/contract';
import { areThereNewLabels } from '@dtdqm/worker/learning/retrain/retrain';
import type { Database } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { labelHistory, labelledChambers, sharedOpinions } from '@dtdqm/worker/storage/labels/read';
import { exportLabels, importLabels, type ExportFormat } from '@dtdqm/worker/storage/labels/transfer';
import { leaseChamber } from '@dtdqm/worker/storage/queue/leases';
import { labelledFeatures } from '@dtdqm/worker/storage/queue/order';
import { startTestApi, type TestApi } from '../api/api.ts';
import { createTestDatabase } from '../postgres/database.ts';
import { labelOf, queueRuns, stateOf, verdictsOf } from './labelled.ts';

const token = 'a-token-of-the-tests-0123456789abcdef';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token });
  await queueRuns(api.database, 1);
});
afterAll(() => api.close());

const as = (user: string, role = 'Editor') => ({
  Authorization: `Bearer ${token}`,
  'X-Grafana-User': user,
  'X-Dtdqm-Role': role,
  'Content-Type': 'application/json',
});
const post = (path: string, body: unknown, user = 'ana') =>
  api.json(`/api/v1/${path}`, { method: 'POST', headers: as(user), body: JSON.stringify(body) });
const get = async (path: string, user = 'ana') =>
  (await api.json(path, { headers: as(user, 'Viewer') })).body;

const moment = (minute: number, lumisection: number | null = null) => ({
  at: new Date(Date.parse('2026-11-20T14:00:00Z') + minute * 60_000).toISOString(),
  lumisection,
});
const span = { from: moment(5, 12), to: moment(9, 22) };
const bad9 = verdictsOf(1).with(8, 'bad');
/** A label of a span of chamber `index` of run 1, in which layer 9 is bad. */
const ofSpan = (index: number, said: Partial<LabelWrite> = {}) =>
  labelOf(1, index, { span, verdicts: bad9, ...said });

async function label(request: LabelRequest, user = 'ana') {
  const { status, body } = await post('labels', request, user);
  expect([status, body]).toMatchObject([201, {}]);
  return labelAnswerSchema.parse(body).event;
}

async function historyOf({ run, wheel, station, sector }: LabelRequest, user = 'ana'): Promise<LabelHistory> {
  const query = `run=${run}&wheel=${wheel}&station=${station}&sector=${sector}`;
  return labelHistorySchema.parse(await get(`/api/v1/labels/history?${query}`, user));
}

describe('a label of a span', () => {
  it('is stored as it was given, and stands beside the label of the whole run', async () => {
    const whole = await label(labelOf(1, 0, { baseVersion: 0 }));
    const request = ofSpan(0, { note: 'tripped', baseVersion: 0 });
    const event = await label(request);
    expect(event).toMatchObject({ kind: 'label', span, verdicts: bad9, note: 'tripped', version: 2 });
    expect(await label(request)).toEqual(event);
    const { mine: _mine, ...history } = await historyOf(request);
    expect(history).toEqual({
      version: 1,
      current: whole,
      events: [whole],
      spans: [{ ...event, mine: true }],
    });
    expect((await historyOf(request, 'bo')).spans).toMatchObject([{ id: event.id, mine: false }]);
  });

  it('makes nobody’s answer about the whole run stale, and neither does that one an answer about the span', async () => {
    await label(labelOf(1, 1));
    await label(ofSpan(1), 'bo');
    await label(labelOf(1, 1, { baseVersion: 1 }));
    const stale = await post('labels', ofSpan(1, { baseVersion: 1 }), 'cy');
    expect(stale).toMatchObject({ status: 409, body: { error: { conflict: { current: { version: 2 } } } } });
    await label(ofSpan(1, { baseVersion: 2 }), 'cy');
  });

  it('is one of as many as there are spans, the latest of each in force; an undo brings back what stood before', async () => {
    const other = { from: moment(9, 22), to: moment(11) };
    const first = await label(ofSpan(2));
    const second = await label(ofSpan(2, { verdicts: verdictsOf(1) }), 'bo');
    const beside = await label(ofSpan(2, { span: other }));
    expect((await historyOf(ofSpan(2))).spans.map(({ id }) => id)).toEqual([second.id, beside.id]);
    const undone = await post('labels/undo', { event: second.id, idempotencyKey: 'undo-of-a-span' }, 'bo');
    expect(undone).toMatchObject({ status: 201, body: { event: { kind: 'undo', span } } });
    const { version, events, spans } = await historyOf(ofSpan(2));
    expect([version, events, spans.map(({ id }) => id)]).toEqual([0, [], [first.id, beside.id]]);
  });

  it('is the same span whatever its time is written as', async () => {
    const local = { ...span, to: { ...span.to, at: '2026-11-20T15:09:00+01:00' } };
    const [one, two] = [await label(ofSpan(3)), await label(ofSpan(3, { span: local }))];
    expect(two.span).toEqual(one.span);
    expect((await historyOf(ofSpan(3))).spans.map(({ id }) => id)).toEqual([two.id]);
  });

  it('may begin where nobody knows when: before the first look', async () => {
    const open = { from: null, to: moment(3, 8) };
    await label(ofSpan(4, { span: open }));
    expect((await historyOf(ofSpan(4))).spans.map((each) => each.span)).toEqual([open]);
  });

  it('leaves its chamber in the queue, and in the hands of whoever is answering', async () => {
    await label(ofSpan(5));
    expect(await stateOf(api.database, ofSpan(5))).toBe('waiting');
    const lease = await leaseChamber(api.database, 'bo', ofSpan(5));
    const { id } = await label(ofSpan(5));
    await post('labels/undo', { event: id, idempotencyKey: 'undo-while-leased' });
    expect(lease).not.toBeNull();
    expect(await stateOf(api.database, ofSpan(5))).toBe('leased');
  });

  it.each([
    [{ from: moment(9), to: moment(9) }, 'span.to.at', 'must be later than from'],
    [{ from: moment(9), to: moment(5) }, 'span.to.at', 'must be later than from'],
    [
      { from: null, to: { at: '2999-01-01T00:00:00Z', lumisection: 1 } },
      'span.to.at',
      'must not lie in the future',
    ],
    [{ from: null, to: { at: 'yesterday', lumisection: 1 } }, 'span.to.at', 'must be a moment such as'],
    [{ from: null, to: { at: moment(5).at, lumisection: -1 } }, 'span.to.lumisection', ''],
    [{ from: moment(5) }, 'span.to', ''],
  ])('is refused when it is none: %j', async (wrong, field, rule) => {
    const { status, body } = await post('labels', { ...ofSpan(6), span: wrong });
    const { error } = body as { error: { details: { field: string; message: string }[] } };
    const fault = error.details.find((each) => each.field === field);
    expect([status, fault?.message]).toEqual([400, expect.stringContaining(rule)]);
    expect((await historyOf(ofSpan(6))).spans).toEqual([]);
  });
});

describe('what follows from labels of whole runs', () => {
  const view = (name: string) => async (database: Database) =>
    (await database.query<object>(`select * from reporting.${name} order by 1, 2`)).rows;
  const address = (path: string) => () => get(path);
  const readers: Record<string, (database: Database) => Promise<unknown>> = {
    'what is trained on': (database) => labelledChambers(database, 1000),
    'whether to train': (database) => areThereNewLabels(database),
    'what the queue learns from': (database) => labelledFeatures(database, 1000),
    'opinions that are compared': (database) => sharedOpinions(database),
    agreement: address('/api/v1/labels/agreement'),
    'progress and the session': async () => {
      const { labelled, experts, mine, ...rest } = (await get('/api/v1/queue/progress')) as Record<
        string,
        never
      >;
      return { labelled, experts, mine, rest };
    },
    'labels of the original tool': address('/data/user_scores.json'),
    contamination: address('/data/contamination.json?page=1'),
    'a chamber': () => {
      const { run, wheel, sector, station } = labelOf(2, 0);
      return get(`/api/v1/chambers/${run}/${wheel}/${sector}/${station}`);
    },
    'labelled chambers': async () =>
      ((await get('/api/v1/statistics')) as { labels: { chambers: number } }).labels.chambers,
    'the file of the original form': (database) => exported(database, 'original'),
    'agreement on the dashboard': view('agreement'),
    'agreement with the model, and its false alarms': view('model_agreement'),
    calibration: view('calibration'),
    'contamination on the dashboard': view('contamination'),
    'labels on the dashboard': view('labels'),
    'layers on the dashboard': view('layer_labels'),
    'opinions on the dashboard': view('opinions'),
    'work a day': view('labelling_progress'),
  };

  it('is as it was after labels of spans, of those who labelled the run and of others', async () => {
    await queueRuns(api.database, 2);
    for (const expert of ['ana', 'bo']) {
      for (const index of [0, 1, 30]) await label(labelOf(2, index), expert);
    }
    // As if a training had read all of these.
    await api.database.query(
      `insert into model (name, hash) values ('learned@1.0.0', 'l');
       insert into model_act (actor, act, model, report)
       select 'schedule', 'trained', 'learned@1.0.0', jsonb_build_object('labels', jsonb_build_object('newestEvent', max(id)::text)) from label_event`,
    );
    const before = await readAll();
    expect(before['whether to train']).toBe(false);
    for (const expert of ['ana', 'bo', 'cy']) {
      for (const index of [0, 30, 31]) await label(labelOf(2, index, { span, verdicts: bad9 }), expert);
    }
    const undone = await label(labelOf(2, 1, { span, verdicts: bad9 }));
    await post('labels/undo', { event: undone.id, idempotencyKey: 'undo-after-all' });
    expect(await readAll()).toEqual(before);
  });

  async function readAll(): Promise<Record<string, unknown>> {
    const said: Record<string, unknown> = {};
    for (const [name, read] of Object.entries(readers)) said[name] = await read(api.database);
    return said;
  }
});

describe('files of labels', () => {
  it('hold spans whole as JSON lines: what comes out of a second database is what went in', async () => {
    const [from, to] = [await createTestDatabase(), await createTestDatabase()];
    try {
      await writeLabel(from.database, 'ana', labelOf(1, 0));
      await writeLabel(from.database, 'ana', ofSpan(0));
      await writeLabel(from.database, 'bo', ofSpan(0, { span: { from: null, to: moment(3.5) } }));
      const lines = await exported(from.database, 'jsonl');
      expect(await imported(to.database, lines)).toMatchObject({ taken: 3, refused: 0 });
      expect(await exported(to.database, 'jsonl')).toBe(lines);
      expect(await imported(to.database, lines)).toMatchObject({ taken: 0, alreadyThere: 3 });
      expect((await labelHistory(to.database, ofSpan(0))).events).toHaveLength(1);
    } finally {
      await Promise.all([from.drop(), to.drop()]);
    }
  });

  it('of before there were spans are read as labels of whole runs; undos take back what speaks of the same span', async () => {
    const there = await createTestDatabase();
    try {
      const [whole, part] = [await label(labelOf(1, 10)), await label(ofSpan(10))];
      await post('labels/undo', { event: part.id, idempotencyKey: 'undo-in-a-file' });
      const events = (await exported(api.database, 'jsonl'))
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      const { span: _none, ...old } = events.find(({ id }) => id === whole.id)!;
      const undo = events.find(({ undoes }) => undoes === part.id)!;
      const spoiled = [old, events.find(({ id }) => id === part.id), { ...undo, span: null }];
      const report = await imported(there.database, spoiled.map((each) => JSON.stringify(each)).join('\n'));
      expect(report).toMatchObject({ taken: 2, refused: 1 });
      expect(report.lines[0]?.reason).toContain('that it takes back is not in the file');
      expect((await labelHistory(there.database, labelOf(1, 10))).current?.by).toBe('ana');
    } finally {
      await there.drop();
    }
  });

  it('for people say of which minutes a line speaks, and that it is no label of a run', async () => {
    const there = await createTestDatabase();
    try {
      await writeLabel(there.database, 'ana', labelOf(1, 0));
      await writeLabel(there.database, 'ana', ofSpan(0));
      const [header, whole, part] = (await exported(there.database, 'csv')).trim().split(/\r?\n/);
      const at = (line = '') => {
        const cells = line.split(',');
        const names = header!.split(',');
        return (name: string) => cells[names.indexOf(name)];
      };
      expect([at(whole)('what'), at(whole)('span to')]).toEqual(['label', '']);
      const names = ['what', 'span from', 'span to', 'first lumisection', 'last lumisection'];
      expect(names.map(at(part))).toEqual(['label of a span', span.from.at, span.to.at, '12', '22']);
    } finally {
      await there.drop();
    }
  });
});

it('repeats of requests from before there were spans are still known', () => {
  const { idempotencyKey: _key, ...asked } = labelOf(1, 0);
  expect(Object.keys(labelWriteSchema.parse({ ...asked, idempotencyKey: 'some-key' }))).not.toContain('span');
});

async function exported(database: Database, format: ExportFormat): Promise<string> {
  let text = '';
  for await (const chunk of exportLabels(database, format)) text += chunk;
  return text;
}

function imported(database: Database, text: string) {
  return importLabels(database, Readable.from([Buffer.from(text)]), { format: 'jsonl', expert: 'nobody' });
}
