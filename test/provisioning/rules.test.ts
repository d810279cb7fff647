import { incidentConditions, severities, type IncidentState, type Severity } from '@dtdqm/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Queryable } from '@dtdqm/worker/storage/database';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { fillBySimulator, lastRun } from './filled.ts';
import { firing as firingOn, rules } from './firing.ts';
import { insertIncidents } from './incidents.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await fillBySimulator(db.database);
});
afterAll(() => db.drop());

/** Rules that let rows through here, and that let none through. */
const [fired, quiet] = [new Set<string>(), new Set<string>()];

/** Rows of a rule that its threshold lets through, noted for the last test of this file. */
async function firing(uid: string, on: Queryable = db.database): Promise<Record<string, unknown>[]> {
  const problems = await firingOn(on, uid);
  (problems.length > 0 ? fired : quiet).add(uid);
  return problems;
}

test('a new incident fires by severity, and is quiet once somebody has acknowledged it', async () => {
  expect(await firing('dtdqm-incident-critical')).toEqual([]);
  await insertIncidents(db.database);
  expect(await firing('dtdqm-incident-critical')).toEqual([
    expect.objectContaining({
      wheel: '-2',
      station: '1',
      sector: '1',
      chamber: 'W-2 MB1 S01',
      fault: 'dead layer, layer 9',
      hardware: 'high voltage of layer 9',
      since_run: lastRun - 1,
    }),
  ]);
  expect(await firing('dtdqm-incident')).toEqual([]);
  await db.database.query(`update incident set acknowledged_by = 'bo' where id = 1`);
  expect(await firing('dtdqm-incident-critical')).toEqual([]);
});

/** As if somebody had acted on incident 1 so many hours ago. */
const acted = (on: Queryable, actor: string, action: string, hours: number) =>
  on.query(
    `insert into incident_act (incident, run, at, actor, action, anchor, idempotency_key, request_hash)
     values (1, $1, now() - make_interval(hours => $4), $2, $3, '{}', gen_random_uuid(), '')`,
    [lastRun, actor, action, hours],
  );

test('an answer is told once, with who gave it, and only while the fault is there', () =>
  undone(async (client) => {
    await acted(client, 'bo', 'acknowledge', 7);
    expect(await firing('dtdqm-incident-answered', client)).toEqual([]);
    await acted(client, 'bo', 'acknowledge', 5);
    expect(await firing('dtdqm-incident-answered', client)).toMatchObject([
      { incident: '1', answer: 'acknowledged by bo', chamber: 'W-2 MB1 S01' },
    ]);
    await setState(client, 'shelved', 'warning');
    await acted(client, 'ana', 'shelve', 1);
    expect(await firing('dtdqm-incident-answered', client)).toMatchObject([{ answer: 'shelved by ana' }]);
    await setState(client, 'shelved', 'info');
    expect(await firing('dtdqm-incident-answered', client)).toEqual([]);
    await setState(client, 'new', 'warning');
    expect(await firing('dtdqm-incident-answered', client)).toEqual([]);
    await setState(client, 'healed', 'warning');
    expect(await firing('dtdqm-incident-answered', client)).toEqual([]);
  }));

test('a healed incident is told once, whether or not somebody had answered it', () =>
  undone(async (client) => {
    await client.query(`update incident set healed_at = now() - interval '7 hours' where id = 3`);
    expect(await firing('dtdqm-incident-healed', client)).toEqual([]);
    await client.query(
      `update incident set healed_at = now() - interval '5 hours', acknowledged_by = 'bo' where id = 3`,
    );
    expect(await firing('dtdqm-incident-healed', client)).toMatchObject([
      { incident: '3', fault: 'weak layer, layer 5', healed_run: lastRun - 2 },
    ]);
    await client.query(`update incident set severity = 'info' where id = 3`);
    expect(await firing('dtdqm-incident-healed', client)).toEqual([]);
  }));

test('an incident that began inside a run fires at once, as one alert and by one rule, as long as nobody answers', () =>
  undone(async (client) => {
    const began = { from: null, to: { at: '2026-05-04T14:02:00.000Z', lumisection: 311 } };
    await setState(client, 'new', 'warning');
    await client.query('update incident set began = $1 where id = 1', [JSON.stringify(began)]);
    const told = await firing('dtdqm-incident-in-run', client);
    expect(told).toMatchObject([{ incident: '1', fault: 'dead layer, layer 9', since_run: lastRun - 1 }]);
    expect(await firing('dtdqm-incident', client)).toEqual([]);
    await client.query(`update incident set last_run = last_run + 1, condition = 'open' where id = 1`);
    expect(await firing('dtdqm-incident-in-run', client)).toEqual(told);
    await setState(client, 'acknowledged', 'warning');
    expect(await firing('dtdqm-incident-in-run', client)).toEqual([]);
  }));

test('an incident that shrinks goes on firing: it would be told again when it is open as before', async () => {
  await db.database.query(`update incident set acknowledged_by = null, condition = 'shrunk' where id = 1`);
  expect(await firing('dtdqm-incident-critical')).toHaveLength(1);
});

/** Tries something and takes it back. */
async function undone(attempt: (client: Queryable) => Promise<void>): Promise<void> {
  const client = await db.database.connect();
  try {
    await client.query('begin');
    await attempt(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

/** Calls so many layers of the first chambers bad in these runs, and no other layer of them. */
async function makeBad(on: Queryable, runs: readonly number[], layers: number): Promise<void> {
  await on.query('delete from run_bad_layer where run = any($1)', [runs]);
  await on.query(
    `insert into run_bad_layer (run, wheel, station, sector, layer, score)
     select run, -2, 1, sector, layer, 0.9
     from unnest($1::integer[]) as run, generate_series(1, 12) as sector, generate_series(1, 12) as layer
     where (sector - 1) * 12 + layer <= $2`,
    [runs, layers],
  );
}

/** As if a run had too few hits to say anything of it. */
const nothingSaid = (on: Queryable, run: number) =>
  on.query('update run_summary set judged_chambers = 0 where run = $1', [run]);

/** Puts incident 1 into a state, as people and runs would. */
async function setState(on: Queryable, state: IncidentState, severity: Severity): Promise<void> {
  const condition = incidentConditions.find((each) => each === state) ?? 'grown';
  await on.query(
    `update incident set condition = $1, severity = $2,
            healed_run = case when $1 = 'healed' then last_run end, healed_at = case when $1 = 'healed' then now() end,
            acknowledged_by = case when $3 = 'acknowledged' then 'bo' end, known_bad = $3 = 'known-bad',
            shelved_by = case when $3 = 'shelved' then 'bo' end, shelf_owner = case when $3 = 'shelved' then 'bo' end,
            shelf_reason = case when $3 = 'shelved' then 'access' end,
            shelved_until = case when $3 = 'shelved' then now() + interval '1 day' end
     where id = 1`,
    [condition, severity, state],
  );
  const { rows } = await on.query('select state from reporting.incidents where incident = 1');
  expect(rows).toEqual([{ state }]);
}

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
    for (const severity of severities) {
      await setState(db.database, state as IncidentState, severity);
      const rules = [await firing('dtdqm-incident-critical'), await firing('dtdqm-incident')];
      expect(rules.map(({ length }) => length)).toEqual([
        fires && severity === 'critical' ? 1 : 0,
        fires && severity === 'warning' ? 1 : 0,
      ]);
    }
  });
});

describe('a layer that is bad in run after run', () => {
  /** Layers 1 and 9 of the first chamber, in these runs. */
  const badIn = async (on: Queryable, ...runs: number[]) => {
    await on.query('delete from run_bad_layer');
    await on.query('delete from incident_change');
    await on.query('delete from incident');
    await on.query(
      `insert into run_bad_layer (run, wheel, station, sector, layer, score)
       select run, -2, 1, 1, layer, 0.9 from unnest($1::integer[]) as run, unnest(array[9, 1]) as layer`,
      [runs],
    );
  };
  const [newest, before, third, fourth] = [lastRun, lastRun - 1, lastRun - 2, lastRun - 3] as const;

  test('fires from the third run on, with its chamber, layers and first run', () =>
    undone(async (client) => {
      await badIn(client, newest, before);
      expect(await firing('dtdqm-lasting-layer', client)).toEqual([]);
      await badIn(client, newest, before, third);
      expect(await firing('dtdqm-lasting-layer', client)).toEqual([
        {
          wheel: '-2',
          station: '1',
          sector: '1',
          chamber: 'W-2 MB1 S01',
          fault: 'bad layer, layers 1, 9',
          since_run: third,
        },
      ]);
    }));

  test('is told with the other layers of its chamber, since the first of their runs', () =>
    undone(async (client) => {
      await badIn(client, newest, before, third, fourth);
      await client.query('delete from run_bad_layer where run = $1 and layer = 9', [fourth]);
      expect(await firing('dtdqm-lasting-layer', client)).toMatchObject([
        { fault: 'bad layer, layers 1, 9', since_run: fourth },
      ]);
    }));

  test.each([
    ['good again in the newest run', [before, third, fourth]],
    ['good in between', [newest, third, fourth]],
  ])('is quiet when it was %s', (_, runs) =>
    undone(async (client) => {
      await badIn(client, ...runs);
      expect(await firing('dtdqm-lasting-layer', client)).toEqual([]);
    }),
  );

  test('is not healed by a run of which nothing can be said, and one that is looked at again still counts', () =>
    undone(async (client) => {
      await badIn(client, before, third, fourth);
      expect(await firing('dtdqm-lasting-layer', client)).toEqual([]);
      await nothingSaid(client, newest);
      expect(await firing('dtdqm-lasting-layer', client)).toHaveLength(1);
      await client.query(`update run set status = 'LOADING' where run = $1`, [before]);
      expect(await firing('dtdqm-lasting-layer', client)).toHaveLength(1);
    }));

  // Acknowledged and shelved ones tell of it all the same: nobody is told twice.
  const tells: Record<IncidentState, boolean> = {
    new: true,
    open: true,
    grown: true,
    shrunk: true,
    acknowledged: true,
    shelved: true,
    'known-bad': true,
    healed: false,
  };

  test.each(Object.entries(tells))('an incident that is %s tells of it: %s', (state, isTold) =>
    undone(async (client) => {
      await badIn(client, newest, before, third);
      await insertIncidents(client);
      await client.query('delete from incident where id > 1');
      await setState(client, state as IncidentState, 'info');
      expect((await firing('dtdqm-lasting-layer', client)).map(({ fault }) => fault)).toEqual([
        isTold ? 'bad layer, layer 1' : 'bad layer, layers 1, 9',
      ]);
    }),
  );

  test('an incident of another chamber tells nothing of it', () =>
    undone(async (client) => {
      await badIn(client, newest, before, third);
      await insertIncidents(client);
      await client.query(`update incident set layers = '{1,9}', sector = 2 where id = 1`);
      await client.query('delete from incident where id > 1');
      expect(await firing('dtdqm-lasting-layer', client)).toMatchObject([
        { fault: 'bad layer, layers 1, 9' },
      ]);
    }));
});

describe('newly bad layers of the newest run', () => {
  test('fire from 21 on', () =>
    undone(async (client) => {
      await makeBad(client, [lastRun - 1], 0);
      await makeBad(client, [lastRun], 20);
      expect(await firing('dtdqm-emerging', client)).toEqual([]);
      await makeBad(client, [lastRun], 21);
      expect(await firing('dtdqm-emerging', client)).toEqual([{ layers: '21' }]);
    }));

  test('are none that were bad in the run before, and those of earlier runs are old', () =>
    undone(async (client) => {
      await makeBad(client, [lastRun - 2], 0);
      await makeBad(client, [lastRun - 1, lastRun], 100);
      expect(await firing('dtdqm-emerging', client)).toEqual([]);
      await makeBad(client, [lastRun - 1], 79);
      expect(await firing('dtdqm-emerging', client)).toEqual([{ layers: '21' }]);
    }));

  test('are looked for among judged runs alone', () =>
    undone(async (client) => {
      await makeBad(client, [lastRun - 2, lastRun - 1], 0);
      await makeBad(client, [lastRun], 50);
      await nothingSaid(client, lastRun);
      expect(await firing('dtdqm-emerging', client)).toEqual([]);
      await makeBad(client, [lastRun - 2, lastRun - 1, lastRun], 50);
      await client.query('update run_summary set judged_chambers = 250 where run = $1', [lastRun]);
      // Were the run between them asked, all 50 would be new.
      await makeBad(client, [lastRun - 1], 0);
      await nothingSaid(client, lastRun - 1);
      expect(await firing('dtdqm-emerging', client)).toEqual([]);
    }));
});

test('coverage that falls is one alert, until somebody answers it', () =>
  undone(async (client) => {
    const rulesOfIncidents = ['dtdqm-incident-critical', 'dtdqm-incident'];
    await client.query('delete from incident');
    await client.query(
      `insert into incident (id, kind, severity, condition, spans, layers, hardware, first_run, last_run, opened_run, opened_at, evidence)
       values (9, 'coverage', 'warning', 'new', '[]', '{}', '', $1, $1, $1, now(), '{"lost": 26}')`,
      [lastRun],
    );
    const told = { incident: '9', since_run: String(lastRun), missing: 26 };
    expect(await firing('dtdqm-fewer-chambers', client)).toEqual([told]);
    for (const uid of rulesOfIncidents) expect([uid, await firingOn(client, uid)]).toEqual([uid, []]);
    await client.query(`update incident set acknowledged_by = 'bo'`);
    expect(await firing('dtdqm-fewer-chambers', client)).toEqual([]);
  }));

describe('the distribution of scores', () => {
  /** Of 2,000 layers in each run a share scores 0.7 instead of 0.1: in the newest runs, and in all before them. */
  const shareAt07 = async (on: Queryable, shares: readonly number[], usual = 0.02) => {
    await on.query('delete from run_score_bin');
    for (let age = 0; age < 8; age += 1) {
      const high = Math.round(2000 * (shares[age] ?? usual));
      await on.query('insert into run_score_bin (run, bin, layers) values ($1, 2, $2), ($1, 14, $3)', [
        lastRun - age,
        2000 - high,
        high,
      ]);
    }
  };
  const drifts = async (on: Queryable) => [
    (await firing('dtdqm-score-drift-warning', on)).length,
    (await firing('dtdqm-score-drift-critical', on)).length,
  ];

  // (p - q) ln(p / q) over both bins, against the mean of the runs before, which drift along in part.
  test.each([
    ['the same', [], [0, 0]],
    ['a little different', [0.05, 0.05, 0.05], [0, 0]],
    ['different', [0.13, 0.13, 0.13], [1, 0]],
    ['beyond trust', [0.5, 0.5, 0.5], [1, 1]],
    ['odd in one run', [0.5], [0, 0]],
    ['odd in one run of three, the newest as usual', [0.02, 0.3, 0.02], [0, 0]],
    ['odd in two runs of three', [0.9, 0.5], [1, 1]],
  ] as const)('that is %s fires by degree', (_, shares, expected) =>
    undone(async (client) => {
      await shareAt07(client, shares);
      expect(await drifts(client)).toEqual(expected);
    }),
  );

  test('is told by three runs with five before them, however many there are', () =>
    undone(async (client) => {
      await shareAt07(client, [0.5, 0.5, 0.5]);
      await client.query(
        `insert into run select (jsonb_populate_record(r, '{"run": 379000}')).* from run r where run = $1`,
        [lastRun],
      );
      await client.query('insert into run_score_bin (run, bin, layers) values (379000, 2, 2000)');
      expect(await drifts(client)).toEqual([1, 1]);
      await client.query('delete from run where run = 379000');
      await client.query('delete from run where run = $1', [lastRun - 7]);
      expect(await drifts(client)).toEqual([0, 0]);
    }));
});

test('a run in ERROR fires, and goes on as the same alert when the next attempt fails for another reason', async () => {
  const failed = [{ run: '380009', failed: 1 }];
  expect(await firing('dtdqm-run-error')).toEqual(failed);
  await undone(async (client) => {
    await client.query(`update run set error = 'the server failed (status 502)' where status = 'ERROR'`);
    expect(await firing('dtdqm-run-error', client)).toEqual(failed);
    await client.query(`update run set updated_at = now() - interval '8 days' where status = 'ERROR'`);
    expect(await firing('dtdqm-run-error', client)).toEqual([]);
  });
});

test('a run of which the source shows less than was had fires until it shows it whole again', async () => {
  expect(await firing('dtdqm-coverage')).toEqual([]);
  await undone(async (client) => {
    await client.query(
      `insert into coverage_incident (run, chambers, reason) values ($1, 250, 'the source shows less of 250 chambers than was had')`,
      [lastRun],
    );
    expect(await firing('dtdqm-coverage', client)).toEqual([{ run: String(lastRun), chambers: 250 }]);
    await client.query('update coverage_incident set closed_at = now()');
    expect(await firing('dtdqm-coverage', client)).toEqual([]);
  });
});

test('staleness fires when the newest run grows old', async () => {
  expect(await firing('dtdqm-stale-warning')).toEqual([]);
  await db.database.query(`update run set fetched_at = fetched_at - interval '5 hours'`);
  expect(await firing('dtdqm-stale-warning')).toHaveLength(1);
  expect(await firing('dtdqm-stale-critical')).toEqual([]);
  await undone(async (client) => {
    await client.query(`update run set fetched_at = fetched_at - interval '5 hours'`);
    expect(await firing('dtdqm-stale-critical', client)).toHaveLength(1);
  });
  // A run of which nothing can be said is none.
  await undone(async (client) => {
    await client.query('update run_summary set judged_chambers = 0');
    await client.query(`update run set fetched_at = now()`);
    await client.query(`update model set registered_at = now() - interval '5 hours'`);
    expect(await firing('dtdqm-stale-warning', client)).toHaveLength(1);
  });
  // Before any run the age of the monitor itself counts: a server that never gave one is no silence.
  await undone(async (client) => {
    await client.query('delete from run');
    expect(await firing('dtdqm-stale-warning', client)).toEqual([]);
    await client.query(`update model set registered_at = now() - interval '5 hours'`);
    expect(await firing('dtdqm-stale-warning', client)).toHaveLength(1);
    // And before any model nothing is known: that is told, too.
    await client.query('delete from chamber_score');
    await client.query('delete from model');
    expect(await firing('dtdqm-stale-warning', client)).toHaveLength(1);
  });
});

test('a run in progress whose next look is overdue fires, and one that is over or waits for its look does not', () =>
  undone(async (client) => {
    const growing = (life: string, overdue: string) =>
      client.query(
        `update run set life = $2, looked_at = now() - interval '7 minutes', look_at = now() - $3::interval where run = $1`,
        [lastRun, life, overdue],
      );
    await growing('growing', '4 minutes');
    expect(await firing('dtdqm-look-overdue', client)).toEqual([]);
    await growing('growing', '6 minutes');
    expect(await firing('dtdqm-look-overdue', client)).toMatchObject([{ run: String(lastRun) }]);
    await growing('final', '6 minutes');
    expect(await firing('dtdqm-look-overdue', client)).toEqual([]);
  }));

test('a replica that does not follow fires by its age, and what is no replica never does', async () => {
  expect(await firing('dtdqm-replica-old')).toEqual([]);
  for (const [age, alerts] of [
    ['0', 0],
    ['4 minutes', 0],
    ['6 minutes', 1],
  ] as const)
    await undone(async (client) => {
      await client.query(
        `create or replace function reporting.replica_age() returns interval language sql stable as $$ select interval '${age}' $$`,
      );
      expect(await firing('dtdqm-replica-old', client)).toHaveLength(alerts);
    });
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
  await undone(async (client) => {
    await client.query('update run set bad_layers = 1000 where run = $1', [lastRun]);
    expect(await firing('dtdqm-bad-share-critical', client)).toHaveLength(1);
    // The newest run alone counts.
    await client.query('update run set bad_layers = case when run = $1 then 10 else 1000 end', [lastRun]);
    expect(await firing('dtdqm-bad-share-warning', client)).toEqual([]);
  });
});

/** Labels of chambers all of whose 12 layers the model calls good: the first ones say bad, the others agree. */
const judgeAnew = (on: Queryable, bad: number, good = 0, age = '1 hour') =>
  on.query(
    `insert into label_event (at, expert, kind, run, wheel, station, sector, version, verdicts, idempotency_key, request_hash)
     select now() - $3::interval, 'cleo', 'label', run, wheel, station, sector, 90,
            array_fill((case when row_number() over () <= $1 then 'bad' else 'good' end)::label_verdict, array[12]),
            'cleo ' || wheel || sector, ''
     from chamber_score where run = $4 and station = 1 and verdicts = array_fill('good'::verdict, array[12])
     limit $1 + $2`,
    [bad, good, age, lastRun],
  );

test.each([
  ['50 of them are needed', 4, 0, '1 hour', 0],
  ['from 50 on', 5, 0, '1 hour', 1],
  ['nine tenths that agree are enough', 1, 9, '1 hour', 0],
  ['fewer are not', 1, 8, '1 hour', 1],
  ['after 30 days they say nothing', 5, 0, '31 days', 0],
  ['before they do', 5, 0, '29 days', 1],
])('labels of people against the model: %s', (_, bad, good, age, fires) =>
  undone(async (client) => {
    // As if nobody had labelled before.
    await client.query('alter table label_event disable trigger label_event_is_append_only');
    await client.query('delete from label_event');
    await client.query('delete from label_summary');
    // Summarised at the end of a transaction otherwise, which is never reached here.
    await client.query('set constraints summarise_label immediate');
    await judgeAnew(client, bad, good, age);
    expect(await firing('dtdqm-low-agreement', client)).toHaveLength(fires);
  }),
);

test('labels move no rule but the one about the model', async () => {
  const others = rules.filter(({ uid }) => uid !== 'dtdqm-low-agreement');
  const rowsOf = () => Promise.all(others.map(async ({ uid }) => [uid, (await firing(uid)).length]));
  const before = await rowsOf();
  await judgeAnew(db.database, 60);
  expect(await rowsOf()).toEqual(before);
  expect(await firing('dtdqm-low-agreement')).toHaveLength(1);
});

test('every rule has a case above in which it fires and one in which it is quiet', () => {
  const all = rules.map(({ uid }) => uid);
  expect([...fired].sort()).toEqual([...all].sort());
  expect([...quiet].sort()).toEqual([...all].sort());
});
