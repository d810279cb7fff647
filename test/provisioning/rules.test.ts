import { incidentConditions, severities, type IncidentState } from '@dtdqm/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';
import type { Rule } from '../../provisioning/src/alerting/rule.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { fillBySimulator } from './filled.ts';
import { insertIncidents } from './incidents.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await fillBySimulator(db.database);
}, 120_000);
afterAll(() => db.drop());

/** Rows of a rule that its threshold lets through: what would fire, were it to last. */
async function firing(uid: string): Promise<Record<string, unknown>[]> {
  const rule = ruleGroups.flatMap(({ rules }) => rules).find((each): each is Rule => each.uid === uid);
  if (rule === undefined) throw new Error(`no rule ${uid}`);
  const { rows } = await db.database.query<Record<string, unknown>>(rule.sql);
  const { when, value } = rule.fires;
  return rows.filter((row) => {
    // The one number of a rule stands last.
    const number = Number(Object.values(row).at(-1));
    return when === 'gt' ? number > value : number < value;
  });
}

test('a new incident fires by severity, and is quiet once somebody has acknowledged it', async () => {
  expect(await firing('dtdqm-incident-critical')).toEqual([]);
  await insertIncidents(db.database);
  expect(await firing('dtdqm-incident-critical')).toEqual([
    expect.objectContaining({
      wheel: '-2',
      station: '1',
      sector: '1',
      layers: '9',
      hardware: 'high voltage of layer 9',
    }),
  ]);
  expect(await firing('dtdqm-incident')).toEqual([]);
  await db.database.query(`update incident set acknowledged_by = 'bo' where id = 1`);
  expect(await firing('dtdqm-incident-critical')).toEqual([]);
});

test('an incident that shrinks goes on firing: it would be told again when it is open as before', async () => {
  await db.database.query(`update incident set acknowledged_by = null, condition = 'shrunk' where id = 1`);
  expect(await firing('dtdqm-incident-critical')).toHaveLength(1);
});

/** What an incident alerts in each state: an alert that goes for a moment is told again, so `shrunk` keeps it. */
const alerts: Record<IncidentState, boolean> = {
  new: true,
  open: true,
  grown: true,
  shrunk: true,
  acknowledged: false,
  shelved: false,
  'known-bad': false,
  healed: false,
};

describe('an incident in each state', () => {
  test.each(Object.entries(alerts))('%s: fires %s, by its severity alone', async (state, fires) => {
    const condition = incidentConditions.find((each) => each === state) ?? 'grown';
    for (const severity of severities) {
      await db.database.query(
        `update incident set condition = $1, severity = $2,
                healed_run = case when $1 = 'healed' then last_run end, healed_at = case when $1 = 'healed' then now() end,
                acknowledged_by = case when $3 = 'acknowledged' then 'bo' end, known_bad = $3 = 'known-bad',
                shelved_by = case when $3 = 'shelved' then 'bo' end, shelf_owner = case when $3 = 'shelved' then 'bo' end,
                shelf_reason = case when $3 = 'shelved' then 'access' end,
                shelved_until = case when $3 = 'shelved' then now() + interval '1 day' end
         where id = 1`,
        [condition, severity, state],
      );
      const { rows } = await db.database.query('select state from reporting.incidents where incident = 1');
      expect(rows).toEqual([{ state }]);
      const rules = [await firing('dtdqm-incident-critical'), await firing('dtdqm-incident')];
      expect(rules.map(({ length }) => length)).toEqual([
        fires && severity === 'critical' ? 1 : 0,
        fires && severity === 'warning' ? 1 : 0,
      ]);
    }
  });
});

test('a run in ERROR fires with its reason', async () => {
  expect(await firing('dtdqm-run-error')).toEqual([
    expect.objectContaining({ run: '380009', reason: expect.stringContaining('certificate') as string }),
  ]);
});

test('staleness fires when the newest run grows old', async () => {
  expect(await firing('dtdqm-stale-warning')).toEqual([]);
  await db.database.query(`update run set fetched_at = fetched_at - interval '5 hours'`);
  expect(await firing('dtdqm-stale-warning')).toHaveLength(1);
  expect(await firing('dtdqm-stale-critical')).toEqual([]);
});

test('a worker that looks for runs is alive; without any trace of one the rule fires', async () => {
  expect(await firing('dtdqm-worker-silent')).toEqual([]);
  await db.database.query('delete from finished_job');
  expect(await firing('dtdqm-worker-silent')).toHaveLength(1);
});

test('shares of bad layers fire by degree', async () => {
  await db.database.query('update run set bad_layers = 10 where model is not null');
  expect(await firing('dtdqm-bad-share-warning')).toEqual([]);
  await db.database.query('update run set bad_layers = 150 where model is not null');
  expect(await firing('dtdqm-bad-share-warning')).toHaveLength(1);
  expect(await firing('dtdqm-bad-share-critical')).toEqual([]);
});

test('labels move no rule but the one about the model', async () => {
  const others = ruleGroups.flatMap(({ rules }) => rules).filter(({ uid }) => uid !== 'dtdqm-low-agreement');
  const rowsOf = () => Promise.all(others.map(async ({ uid }) => [uid, (await firing(uid)).length]));
  const before = await rowsOf();
  await db.database.query(
    `insert into label_event (expert, kind, run, wheel, station, sector, version, verdicts, idempotency_key, request_hash)
     select 'cleo', 'label', run, wheel, station, sector, 90, array_fill('bad'::label_verdict, array[12]), 'cleo ' || run || wheel || sector, ''
     from chamber where station = 1 and run = 380008`,
  );
  expect(await rowsOf()).toEqual(before);
  expect(await firing('dtdqm-low-agreement')).toHaveLength(1);
});
