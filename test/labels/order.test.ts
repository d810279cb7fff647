import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { allChambers, strategyNames, type LabelEvent, type Lease, type StrategyName } from '@dtdqm/contract';
import { nextChambers } from '@dtdqm/worker/learning/queue/next';
import { createProgressReader } from '@dtdqm/worker/learning/queue/progress';
import { queueRefresher, takeInScores } from '@dtdqm/worker/learning/queue/queueRefresher';
import {
  duplicateKey,
  refreshPriorities,
  refreshQueue,
  reorderQueue,
} from '@dtdqm/worker/learning/queue/refresh';
import { locks } from '@dtdqm/worker/storage/advisoryLocks';
import { openDatabase, transaction } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { skipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { staleRuns } from '@dtdqm/worker/storage/queue/entries';
import { changeOrder, labelledFeatures, storedOrder } from '@dtdqm/worker/storage/queue/order';
import { leaseChamber, releaseLabelLease } from '@dtdqm/worker/storage/queue/leases';
import { saveRunResult } from '@dtdqm/worker/storage/results';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns, stateOf, verdictsOf } from './labelled.ts';

/** In whose order chambers come: of the strategy that the queue keeps, and of any other. */
let filled: TestDatabase;
let it_: TestDatabase;
beforeAll(async () => {
  filled = await createTestDatabase();
  await queueRuns(filled.database, 1, 2);
  // So that it can be copied.
  await filled.database.end();
});
beforeEach(async () => {
  it_ = await createTestDatabase({ copyOf: filled.url });
});
afterAll(() => filled.drop());
afterEach(async () => {
  vi.restoreAllMocks();
  await it_.drop();
});

const quiet = { info: () => undefined, warn: () => undefined };
type Options = Partial<Parameters<typeof nextChambers>[1]>;
/** Without random draws unless they are asked for, and so without what is set aside for them. */
const next = (strategy: StrategyName, options: Options = {}) =>
  nextChambers(it_.database, {
    expert: 'ana',
    strategy,
    count: 10,
    auditShare: options.random ? 0.1 : 0,
    ...options,
  });
const nameOf = ({ run, wheel, station, sector }: Pick<Lease, 'run' | 'wheel' | 'station' | 'sector'>) =>
  [run, wheel, station, sector].join('/');
const giveBack = (leases: readonly Lease[]) =>
  Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, lease.by, lease.id)));

interface Row {
  run: number;
  wheel: Lease['wheel'];
  station: Lease['station'];
  sector: number;
  state: string;
  priority: number;
  certainty: number;
  score: number;
  twin_rank: number;
  random_key: number;
  lease_id: string | null;
  focus: number;
  features: number[];
}
async function rowsBy(order: string): Promise<Row[]> {
  const { rows } = await it_.database.query<Row>(`select * from queue order by ${order}`);
  return rows;
}
async function firstBy(order: string, count = 10): Promise<string[]> {
  return (await rowsBy(order)).slice(0, count).map(nameOf);
}

describe('the strategy in use', () => {
  it('is k-center until a worker says otherwise, and asks in the order that the queue keeps', async () => {
    expect(await storedOrder(it_.database)).toEqual({ strategy: 'k-center', staleBelow: null });
    const leases = await next('k-center');
    expect(leases.map(nameOf)).toEqual(await firstBy('priority desc, random_key'));
    const priorities = leases.map(({ reason }) => reason.priority ?? -1);
    expect(priorities).toEqual([...priorities].sort((a, b) => b - a));
    expect(priorities[0]).toBeGreaterThan(0);
  });

  it('is worked out for every chamber when another one is configured, and nothing else changes', async () => {
    await writeLabel(it_.database, 'ana', labelOf(1, 5));
    await skipChamber(it_.database, 'ana', labelOf(1, 6));
    await leaseChamber(it_.database, 'ana', labelOf(2, 7));
    const before = await rowsBy('run, wheel, station, sector');
    expect(await changeOrder(it_.database, 'margin')).toBe(true);
    expect(await storedOrder(it_.database)).toEqual({ strategy: 'margin', staleBelow: 3 });
    expect(await reorderQueue(it_.database)).toBe(2);
    expect(await storedOrder(it_.database)).toEqual({ strategy: 'margin', staleBelow: null });
    const after = await rowsBy('run, wheel, station, sector');
    const rest = (rows: Row[]) => rows.map((row) => ({ ...row, priority: null }));
    expect(rest(after)).toEqual(rest(before));
    for (const { priority, certainty, twin_rank } of after)
      expect(priority).toBeCloseTo((1 - 2 * certainty) / (1 + twin_rank), 5);
    expect(await changeOrder(it_.database, 'margin')).toBe(false);
    expect(await reorderQueue(it_.database)).toBe(0);
    // Runs that come later have their places in the new order.
    await queueRuns(it_.database, 3);
    for (const { priority, certainty, twin_rank } of await rowsBy('run'))
      expect(priority).toBeCloseTo((1 - 2 * certainty) / (1 + twin_rank), 5);
  });

  it('is worked out newest run first, by as many workers as there are, and one that stops is no loss', async () => {
    await queueRuns(it_.database, 3, 4, 5);
    await changeOrder(it_.database, 'most-anomalous');
    let turns = 0;
    expect(await reorderQueue(it_.database, {}, () => turns++ === 2)).toBe(2);
    expect(await storedOrder(it_.database)).toEqual({ strategy: 'most-anomalous', staleBelow: 4 });
    const done = (row: Row) => Math.abs(row.priority - row.score / (1 + row.twin_rank)) < 1e-6;
    expect(new Set((await rowsBy('run')).filter((row) => !done(row)).map(({ run }) => run))).toEqual(
      new Set([1, 2, 3]),
    );
    const shares = await Promise.all([reorderQueue(it_.database), reorderQueue(it_.database)]);
    expect(shares[0] + shares[1]).toBe(3);
    expect((await rowsBy('run')).every(done)).toBe(true);
  });

  it('is worked out for a run too that was just being taken in by the one before', async () => {
    await saveRunResult(it_.database, syntheticRun(3));
    let changed: Promise<boolean> | undefined;
    await transaction(it_.database, async (client) => {
      await refreshQueue(client, 3);
      changed = changeOrder(it_.database, 'margin');
      // Long enough for what does not wait.
      await Promise.race([changed, delay(500)]);
    });
    expect(await changed).toBe(true);
    await reorderQueue(it_.database);
    for (const { priority, certainty, twin_rank } of await rowsBy('run desc'))
      expect(priority).toBeCloseTo((1 - 2 * certainty) / (1 + twin_rank), 5);
  });

  it('does not serve while it is worked out: chambers come by shortlist', async () => {
    await it_.database.query('update queue set priority = random()');
    await changeOrder(it_.database, 'most-anomalous');
    const leases = await next('most-anomalous');
    expect(leases.map(({ reason }) => reason.priority)).toEqual(Array.from({ length: 10 }, () => 0.75));
  });

  it('is put in force by the worker that starts, once', async () => {
    const refresher = queueRefresher({ database: it_.database, log: quiet, strategy: 'random', everyMs: 20 });
    await vi.waitFor(
      async () => expect(await storedOrder(it_.database)).toEqual({ strategy: 'random', staleBelow: null }),
      { timeout: 10_000 },
    );
    for (const { priority, random_key } of await rowsBy('run'))
      expect(priority).toBeCloseTo(1 - random_key, 5);
    // Another worker with another setting: the first leaves it at that, or they would change it to and fro.
    await changeOrder(it_.database, 'margin');
    await vi.waitFor(
      async () => expect(await storedOrder(it_.database)).toEqual({ strategy: 'margin', staleBelow: null }),
      { timeout: 10_000 },
    );
    await delay(100);
    await refresher.stop();
    expect((await storedOrder(it_.database)).strategy).toBe('margin');
  });

  it('is the default for a worker that is not told otherwise, and for a name of another version', async () => {
    const { rows } = await it_.database.query<{ priority: number }>('select priority from queue');
    await it_.database.query(`update queue_order set strategy = 'of-tomorrow'`);
    await refreshQueue(it_.database, 1);
    expect(await refreshPriorities(it_.database)).toBeGreaterThan(100);
    expect(rows.some(({ priority }) => priority > 0)).toBe(true);
    const refresher = queueRefresher({ database: it_.database, log: quiet, everyMs: 20 });
    await vi.waitFor(
      async () => expect(await storedOrder(it_.database)).toEqual({ strategy: 'mixed', staleBelow: null }),
      { timeout: 10_000 },
    );
    await refresher.stop();
  });

  it.each(strategyNames)('%s is refreshed from labels if it follows them', async (strategy) => {
    await changeOrder(it_.database, strategy);
    await reorderQueue(it_.database);
    for (let index = 0; index < 40; index += 1) {
      const request = labelOf(2, index * 5);
      const isBad = request.sector % 3 === 0;
      const verdicts = request.verdicts.map((verdict) => (verdict !== null && isBad ? 'bad' : verdict));
      await writeLabel(it_.database, 'ana', { ...request, verdicts });
    }
    const priorities = async () =>
      (await rowsBy('run, wheel, station, sector')).map(({ priority }) => priority);
    const before = await priorities();
    const looked = await refreshPriorities(it_.database);
    const follows = ['k-center', 'mixed', 'committee', 'outlier-then-margin'].includes(strategy);
    expect(looked > 100).toBe(follows);
    expect(JSON.stringify(await priorities()) !== JSON.stringify(before)).toBe(follows);
  });
});

describe('a strategy that is asked for', () => {
  it.each([
    ['margin', '((0.5 - certainty) / (1 + twin_rank)) desc, random_key'],
    ['most-anomalous', '(score / (1 + twin_rank)) desc, random_key'],
    ['random', 'random_key'],
  ] as const)('%s finds the first of all', async (strategy, order) => {
    expect((await next(strategy)).map(nameOf)).toEqual(await firstBy(order));
    expect((await next(strategy)).map(nameOf)).toEqual((await firstBy(order, 20)).slice(10));
  });

  it.each(['nestloop', 'hashjoin'])('comes in order too where the planner takes no %s', async (way) => {
    const { pathname } = new URL(it_.url);
    await it_.database.query(`alter database "${pathname.slice(1)}" set enable_${way} = off`);
    const database = await openDatabase({ url: it_.url, log: quiet });
    for (const [strategy, order] of [
      ['margin', '((0.5 - certainty) / (1 + twin_rank)) desc, random_key'],
      ['random', 'random_key'],
    ] as const) {
      const leases = await nextChambers(database, { expert: 'ana', strategy, count: 10, auditShare: 0 });
      expect(leases.map(nameOf)).toEqual(await firstBy(order));
      await giveBack(leases);
    }
    await database.end();
  });

  it('gets a chamber again that was given back, as the first', async () => {
    const [first, ...rest] = await next('margin');
    await giveBack([first!]);
    const [again] = await next('margin', { count: 1 });
    expect(nameOf(again!)).toBe(nameOf(first!));
    await giveBack([again!, ...rest]);
  });

  it('gets chambers again that others had while it was ranked anew', async () => {
    const order = '((0.5 - certainty) / (1 + twin_rank)) desc, random_key';
    const all = [];
    for (let page = 0; page < 8; page += 1) all.push(...(await next('margin')));
    // More than the head of a shortlist: a new one is ranked in the background.
    await delay(1500);
    await giveBack(all);
    expect((await next('margin')).map(nameOf)).toEqual(await firstBy(order));
  });

  it('goes on until nothing waits, in one run or in all, for all who ask at once', async () => {
    const ofOne = await Promise.all(
      Array.from({ length: 26 }, () => next('committee', { run: 1, count: 10 })),
    );
    expect(ofOne.flat()).toHaveLength(250);
    expect(new Set(ofOne.flat().map(nameOf)).size).toBe(250);
    expect(await next('committee', { run: 1 })).toEqual([]);
    const rest = [];
    for (let page = await next('committee'); page.length > 0; page = await next('committee'))
      rest.push(...page);
    expect(new Set(rest.map(nameOf)).size).toBe(250);
  });

  it('sees new chambers and labels after 10 s at once or in the background, and after a minute in any case', async () => {
    const now = vi.spyOn(performance, 'now');
    const start = 1_700_000_000_000;
    now.mockReturnValue(start);
    await giveBack(await next('most-anomalous', { count: 1 }));
    const mark = async (index: number) => {
      const { wheel, station, sector } = labelOf(1, index);
      await it_.database.query(
        `update chamber_score set scores[1] = 1 where run = 1 and wheel = $1 and station = $2 and sector = $3`,
        [wheel, station, sector],
      );
      await it_.database.query(
        `update queue set score = 1, twin_rank = 0, focus = 1 where run = 1 and wheel = $1 and station = $2 and sector = $3`,
        [wheel, station, sector],
      );
      return nameOf({ run: 1, wheel, station, sector });
    };
    const first = async () => {
      const [lease] = await next('most-anomalous', { count: 1 });
      await giveBack([lease!]);
      return nameOf(lease!);
    };
    const marked = await mark(30);
    now.mockReturnValue(start + 9000);
    expect(await first()).not.toBe(marked);
    now.mockReturnValue(start + 11_000);
    expect(await first()).not.toBe(marked);
    await vi.waitFor(async () => expect(await first()).toBe(marked), { timeout: 15_000, interval: 100 });
    await it_.database.query(`update chamber_score set scores[1] = 0.1 where scores[1] = 1`);
    await it_.database.query(`update queue set score = 0.1 where score = 1`);
    now.mockReturnValue(start + 80_000);
    expect(await first()).not.toBe(marked);
  });

  it('uses the aggregator that is asked for', async () => {
    const [min] = await next('margin', { count: 1 });
    const [mean] = await next('margin', { count: 1, aggregator: 'mean' });
    expect(min?.reason.priority).toBeCloseTo(0.5, 6);
    expect(mean?.reason.priority).toBeLessThan(0.4);
  });

  it('asks again as soon as the database answers again', async () => {
    const database = await openDatabase({ url: it_.url, log: quiet, connections: 2 });
    try {
      await it_.database.query('alter table queue_order rename to gone');
      await expect(nextChambers(database, { expert: 'ana', strategy: 'margin' })).rejects.toThrow(
        /queue_order/,
      );
      await it_.database.query('alter table gone rename to queue_order');
      expect(await nextChambers(database, { expert: 'ana', strategy: 'margin' })).toHaveLength(1);
      await it_.database.query('alter table chamber_score rename to gone');
      await expect(nextChambers(database, { expert: 'ana', strategy: 'committee' })).rejects.toThrow(
        /chamber_score/,
      );
      await it_.database.query('alter table gone rename to chamber_score');
      expect(await nextChambers(database, { expert: 'ana', strategy: 'committee' })).toHaveLength(1);
    } finally {
      await database.end();
    }
  });
});

it('a run that cannot be taken in does not keep older ones, or what labels teach, out of the queue', async () => {
  await saveRunResult(it_.database, syntheticRun(3));
  await saveRunResult(it_.database, syntheticRun(4));
  await it_.database.query(
    `create function broken() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$;
     create trigger broken before insert on queue for each row when (new.run = 4) execute function broken();
     update queue set priority = -1`,
  );
  expect(await staleRuns(it_.database, 1)).toEqual([4]);
  const warn = vi.fn();
  const refresher = queueRefresher({ database: it_.database, log: { ...quiet, warn }, everyMs: 20 });
  await vi.waitFor(
    async () => {
      const rows = await rowsBy('run');
      expect(new Set(rows.map(({ run }) => run))).toEqual(new Set([1, 2, 3]));
      expect(rows.some(({ run, priority }) => run < 3 && priority >= 0)).toBe(true);
      // After all runs are taken in, and not by one that is told to stop before that.
      expect(warn).toHaveBeenCalledWith(
        { err: expect.objectContaining({ message: 'broken' }) },
        expect.anything(),
      );
    },
    { timeout: 15_000 },
  );
  await refresher.stop();
});

it('takes in all runs, newest first, but those that another worker is at, until it is told to stop', async () => {
  const small = syntheticRun(3).chambers.slice(0, 1);
  // More than are looked for at once.
  const runs = Array.from({ length: 23 }, (_, index) => index + 3);
  for (const run of runs) await saveRunResult(it_.database, syntheticRun(run, { chambers: small }));
  let turns = 0;
  expect(await takeInScores(it_.database, {}, () => turns++ === 2)).toBe(2);
  expect(await staleRuns(it_.database, 100)).toEqual(runs.slice(0, -2).reverse());
  await transaction(it_.database, async (client) => {
    await client.query('select pg_advisory_xact_lock($1, $2)', [locks.queueRefresh, 7]);
    expect(await takeInScores(it_.database)).toBe(20);
    expect(await staleRuns(it_.database, 100)).toEqual([7]);
  });
  expect(await takeInScores(it_.database)).toBe(1);
  expect(await takeInScores(it_.database)).toBe(0);
});

describe('what people said', () => {
  const rowOf = ({ run, wheel, station, sector }: Row) =>
    labelOf(
      run,
      allChambers.findIndex((id) => id.wheel === wheel && id.station === station && id.sector === sector),
    );
  const label = async (expert: string, row: Row, verdict: 'good' | 'bad') =>
    writeLabel(it_.database, expert, {
      ...rowOf(row),
      verdicts: verdictsOf(rowOf(row).station, verdict),
    });
  const undo = ({ id, by }: LabelEvent) =>
    undoEvent(it_.database, by, { event: id, idempotencyKey: `undo of ${id}` });

  it('makes up the random sample up to the last chamber drawn at random, whoever brought up the others', async () => {
    await it_.database.query('delete from queue where run = 2');
    const rows = await rowsBy('random_key');
    await label('ana', rows.at(-1)!, 'bad');
    expect((await createProgressReader(it_.database)('random', 'ana')).audit).toBeNull();
    const [drawn] = await next('margin', { count: 1, random: () => 0 });
    expect(nameOf(drawn!)).toBe(nameOf(rows[0]!));
    await label('ana', rows[0]!, 'good');
    expect((await createProgressReader(it_.database)('random', 'ana')).audit).toMatchObject({
      chambers: 1,
      badShare: 0,
    });
    // Brought up by a strategy, but before the next random draw.
    await label('ana', rows[1]!, 'bad');
    await next('margin', { count: 1, random: () => 0 });
    await label('ana', rows[2]!, 'good');
    const { audit } = await createProgressReader(it_.database)('random', 'ana');
    expect(audit?.chambers).toBe(3);
    expect(audit?.badShare).toBeGreaterThan(0.2);
    expect(audit?.badShare).toBeLessThan(0.5);
  });

  it('is counted by expert while it is not taken back, and an ended lease is none', async () => {
    const [a, b, c, d] = await rowsBy('random_key');
    await label('ana', a!, 'good');
    await undo(await label('ana', b!, 'good'));
    await skipChamber(it_.database, 'bo', rowOf(c!));
    await leaseChamber(it_.database, 'bo', rowOf(d!), -1);
    const { experts, total, waiting, leased, labelled, skipped } = await createProgressReader(it_.database)(
      'random',
      'ana',
    );
    expect(experts.map(({ by, labels, skips }) => [by, labels, skips])).toEqual([
      ['ana', 1, 0],
      ['bo', 0, 1],
    ]);
    expect({ total, waiting, leased, labelled, skipped }).toEqual({
      ...{ total: 500, waiting: 498, leased: 0, labelled: 1, skipped: 1 },
    });
  });

  it('teaches by the label in force of each chamber, the latest ones, oldest first', async () => {
    const [a, b, c] = await rowsBy('random_key');
    await label('ana', a!, 'good');
    await label('bo', a!, 'bad');
    await undo(await label('ana', b!, 'bad'));
    await label('ana', c!, 'good');
    expect(await labelledFeatures(it_.database, 10)).toEqual([
      { features: a!.features, bad: true },
      { features: c!.features, bad: false },
    ]);
    expect(await labelledFeatures(it_.database, 1)).toEqual([{ features: c!.features, bad: false }]);
  });
});

describe('duplicates', () => {
  it('are told by chamber and faults, however these are listed; by the worst layer where there is none', () => {
    const chamber = { wheel: -1, station: 2, sector: 5 } as const;
    const fault = (kind: 'weak-layer' | 'dead-half' | 'dead-cells', ...layers: number[]) => ({
      ...{ kind, layers, wires: null, confidence: 1 },
    });
    const key = duplicateKey(chamber, [fault('weak-layer', 9, 10), fault('dead-half', 1)], 9);
    expect(duplicateKey(chamber, [fault('dead-half', 1), fault('weak-layer', 10, 9)], 1)).toBe(key);
    // Single cells come and go with statistics.
    expect(
      duplicateKey(chamber, [fault('dead-half', 1), fault('dead-cells', 3), fault('weak-layer', 10, 9)], 1),
    ).toBe(key);
    expect(
      duplicateKey({ ...chamber, sector: 6 }, [fault('weak-layer', 9, 10), fault('dead-half', 1)], 9),
    ).not.toBe(key);
    expect(duplicateKey(chamber, [fault('weak-layer', 9), fault('dead-half', 1)], 9)).not.toBe(key);
    expect(duplicateKey(chamber, [], 3)).not.toBe(duplicateKey(chamber, [], 4));
    expect(duplicateKey(chamber, [fault('dead-cells', 3)], 3)).toBe(duplicateKey(chamber, [], 3));
  });

  it('come later, and say how often the same was seen', async () => {
    await queueRuns(it_.database, 3);
    const texts = new Map<number, string>();
    for (;;) {
      const [lease] = await next('most-anomalous', { count: 1 });
      if (lease === undefined || lease.sector !== 1) break;
      if (lease.wheel === 0 && lease.station === 1) texts.set(lease.run, lease.reason.text);
    }
    // Even a third of 0.75 is more than what any healthy layer gives.
    expect(Object.fromEntries(texts)).toEqual({
      1: 'Layer 9 looks worst: score 0.75, weak layer.',
      2: 'Layer 9 looks worst: score 0.75, weak layer. The same was seen once before.',
      3: 'Layer 9 looks worst: score 0.75, weak layer. The same was seen 2 times before.',
    });
  });

  it('keep their count when a run is taken in again, and count once', async () => {
    const ranks = async () => (await rowsBy('run, wheel, station, sector')).map(({ twin_rank }) => twin_rank);
    const before = await ranks();
    expect(new Set(before)).toEqual(new Set([0, 1]));
    await refreshQueue(it_.database, 2);
    expect(await ranks()).toEqual(before);
    expect(await stateOf(it_.database, labelOf(2, 0))).toBe('waiting');
  });

  it('are counted anew where a chamber looks otherwise since, which gets its place by that', async () => {
    await changeOrder(it_.database, 'most-anomalous');
    await reorderQueue(it_.database);
    const ofSector = async () =>
      (await rowsBy('run, wheel, station')).filter(({ run, sector }) => run === 2 && sector === 1);
    const before = await ofSector();
    expect(new Set(before.map(({ twin_rank }) => twin_rank))).toEqual(new Set([1]));
    await it_.database.query(
      `update chamber_score set scores[2] = 0.96875, faults = '[{"kind": "dead-layer", "layers": [2], "wires": null, "confidence": 1}]'
       where run = 2 and sector = 1`,
    );
    await refreshQueue(it_.database, 2);
    const after = await ofSector();
    for (const [index, row] of after.entries()) {
      expect(row).toMatchObject({ twin_rank: 0, focus: 2, score: 0.96875, priority: 0.96875 });
      expect(row.features).not.toEqual(before[index]?.features);
    }
  });

  it('keep their place in the random order, too', async () => {
    await changeOrder(it_.database, 'random');
    await reorderQueue(it_.database);
    await refreshQueue(it_.database, 1);
    for (const { priority, random_key } of await rowsBy('run'))
      expect(priority).toBeCloseTo(1 - random_key, 5);
  });
});
