import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers, layerNumbers, strategyNames, type ChamberOfRun } from '@dtdqm/contract';
import { nextChambers, waitingChambers } from '@dtdqm/worker/learning/queue/next';
import { createProgressReader } from '@dtdqm/worker/learning/queue/progress';
import { takeInScores } from '@dtdqm/worker/learning/queue/queueRefresher';
import { refreshPriorities, refreshQueue } from '@dtdqm/worker/learning/queue/refresh';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { transaction, type Database } from '@dtdqm/worker/storage/database';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type ChamberResult, type RunResult } from '@dtdqm/worker/storage/results';
import {
  leaseChamber,
  leaseRanked,
  reclaimEndedLeases,
  releaseLabelLease,
  renewLabelLease,
  type RankedChamber,
} from '@dtdqm/worker/storage/queue/leases';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { finalLife, syntheticChamber, syntheticRun } from '../postgres/syntheticRun.ts';
import { labelOf, queueRuns, stateOf } from './labelled.ts';

let it_: TestDatabase;
beforeAll(async () => {
  it_ = await createTestDatabase();
  await queueRuns(it_.database, 1, 2, 3);
});
afterAll(() => it_.drop());

const never = () => 1;
const next = (expert: string, options: Partial<Parameters<typeof nextChambers>[1]> = {}) =>
  nextChambers(it_.database, { expert, strategy: 'margin', random: never, ...options });
const nameOf = ({
  run,
  wheel,
  station,
  sector,
}: {
  run: number;
  wheel: number;
  station: number;
  sector: number;
}) => [run, wheel, station, sector].join('/');

const isAudit = async (id: string) => {
  const { rows } = await it_.database.query('select audit from queue where lease_id = $1', [id]);
  return rows;
};

describe('next', () => {
  it('gives 20 experts at once 200 chambers, all distinct', async () => {
    const leases = (
      await Promise.all(
        Array.from({ length: 20 }, async (_, expert) => {
          const own = [];
          for (let turn = 0; turn < 10; turn += 1)
            own.push(...(await next(`expert ${expert}`, { random: Math.random })));
          return own;
        }),
      )
    ).flat();
    expect(leases).toHaveLength(200);
    expect(new Set(leases.map(nameOf)).size).toBe(200);
    await Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, lease.by, lease.id)));
  });

  it.each(strategyNames)('answers by %s with a reason', async (strategy) => {
    const [lease] = await next('ana', { strategy });
    expect(lease?.reason).toMatchObject({ strategy, audit: false });
    expect(lease?.reason.text).toMatch(/^[A-Z].*\.$/);
    expect(await releaseLabelLease(it_.database, 'ana', lease?.lease.id ?? '')).toBe(true);
  });

  it('by margin asks about the score nearest to 0.5, and not about the same fault of every run', async () => {
    const leases = await next('ana', { count: 10 });
    // Layer 9 of sector 1 scores 0.75 in every run; the first run's chambers come before their twins.
    expect(leases.every(({ sector }) => sector === 1)).toBe(true);
    const chambers = leases.map(({ wheel, station, sector }) => [wheel, station, sector].join());
    expect(new Set(chambers).size).toBe(10);
    expect(leases[0]?.reason.text).toBe('The model is least sure of layer 9: score 0.75.');
    await Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, 'ana', lease.id)));
  });

  it('draws a share at random and says so', async () => {
    const draws = [0.05, 0.5, 0.5];
    const leases = await next('ana', { count: 3, random: () => draws.shift() ?? 1 });
    expect(leases.map(({ reason }) => reason.audit)).toEqual([false, false, true]);
    expect(leases[2]?.reason.text).toMatch(/^Drawn at random, to keep/);
    await Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, 'ana', lease.id)));
  });

  it('passes over a chamber that somebody is just taking, and does not wait for it', async () => {
    const [first, ...rest] = await next('ana', { count: 3 });
    await Promise.all([first!, ...rest].map(({ lease }) => releaseLabelLease(it_.database, 'ana', lease.id)));
    await transaction(it_.database, async (client) => {
      const { run, wheel, station, sector } = first!;
      await client.query(
        'select from queue where run = $1 and wheel = $2 and station = $3 and sector = $4 for update',
        [run, wheel, station, sector],
      );
      const leases = await next('bo', { count: 2 });
      expect(leases.map(nameOf)).toEqual(rest.map(nameOf));
      await Promise.all(leases.map(({ lease }) => releaseLabelLease(it_.database, 'bo', lease.id)));
    });
  });

  it('does not wait for an ended lease that somebody is just renewing', async () => {
    const [held] = await next('ana', { leaseSeconds: -1 });
    await transaction(it_.database, async (client) => {
      await client.query(`select from queue where lease_id = $1 for update`, [held!.lease.id]);
      await reclaimEndedLeases(it_.database);
      expect(await stateOf(it_.database, held!)).toBe('leased');
    });
    await reclaimEndedLeases(it_.database);
    expect(await stateOf(it_.database, held!)).toBe('waiting');
  });

  it('leaves in the random sample what was drawn at random once, whoever draws it by what later', async () => {
    const [drawn] = await next('ana', { random: () => 0, run: 3 });
    expect(await isAudit(drawn!.lease.id)).toEqual([{ audit: true }]);
    await releaseLabelLease(it_.database, 'ana', drawn!.lease.id);
    const [again] = await leaseRanked(it_.database, [{ ...drawn!, priority: 1 } as RankedChamber], {
      expert: 'bo',
      count: 1,
      audit: false,
    });
    expect(await isAudit(again!.lease_id!)).toEqual([{ audit: true }]);
    await releaseLabelLease(it_.database, 'bo', again!.lease_id!);
  });

  it('may be looked at, which holds nothing from anybody, and the look at a random draw counts once it is leased', async () => {
    const look = (options: Partial<Parameters<typeof waitingChambers>[1]> = {}) =>
      waitingChambers(it_.database, { strategy: 'margin', random: never, run: 3, ...options });
    const [mine] = await look({ count: 2 });
    const [yours] = await look();
    expect(yours).toEqual(mine);
    expect(await stateOf(it_.database, mine!)).toBe('waiting');
    const [leased] = await next('bo', { run: 3 });
    expect(leased).toMatchObject({ ...mine, reason: mine!.reason });
    const [other] = await look();
    expect(nameOf(other!)).not.toBe(nameOf(mine!));
    await expect(leaseChamber(it_.database, 'ana', mine! as ChamberOfRun)).rejects.toThrow('bo is labelling');
    await releaseLabelLease(it_.database, 'bo', leased!.lease.id);
    expect(nameOf((await look({ strategy: 'committee' }))[0]!)).toBe(
      nameOf((await next('ana', { strategy: 'committee', run: 3 }))[0]!),
    );

    const [random] = await look({ random: () => 0 });
    expect(random?.reason.audit).toBe(true);
    const lease = await leaseChamber(it_.database, 'ana', { ...(random! as ChamberOfRun), audit: true });
    expect(await isAudit(lease!.id)).toEqual([{ audit: true }]);
    await releaseLabelLease(it_.database, 'ana', lease!.id);
  });

  it('tells somebody who answers blind nothing that follows from scores', async () => {
    const [open] = await next('ana', { run: 3 });
    await releaseLabelLease(it_.database, 'ana', open!.lease.id);
    expect(open?.reason.text).toMatch(/layer 9: score/);
    const [blind] = await next('ana', { run: 3, blind: true });
    await releaseLabelLease(it_.database, 'ana', blind!.lease.id);
    const expected = { strategy: 'margin', audit: false, priority: null, text: 'Chosen by margin.' };
    expect(blind).toMatchObject({ run: 3, reason: expected });
    const [looked] = await waitingChambers(it_.database, {
      strategy: 'margin',
      random: never,
      run: 3,
      blind: true,
    });
    expect(looked?.reason).toEqual(expected);
  });

  it('keeps to one run when asked, until it has none left', async () => {
    const all = [];
    for (
      let page = await next('ana', { run: 2, count: 10 });
      page.length > 0;
      page = await next('ana', { run: 2, count: 10 })
    ) {
      all.push(...page);
    }
    expect(all).toHaveLength(250);
    expect(new Set(all.map(({ run }) => run))).toEqual(new Set([2]));
    await it_.database.query(
      `update queue set lease_until = now() - interval '1 second' where state = 'leased'`,
    );
    // Ended leases come back by themselves, a hundred at a time.
    expect(await next('bo', { run: 2, count: 10 })).toHaveLength(10);
  });
});

describe('a lease', () => {
  it('of a chosen chamber is the expert’s alone, and theirs again when asked twice', async () => {
    const chamber = labelOf(3, 100);
    const lease = await leaseChamber(it_.database, 'ana', chamber);
    expect((await leaseChamber(it_.database, 'ana', chamber))?.id).toBe(lease?.id);
    await expect(leaseChamber(it_.database, 'bo', chamber)).rejects.toMatchObject({
      id: 'lease-lost',
      message: 'ana is labelling this chamber',
    });
    await expect(leaseChamber(it_.database, 'bo', { ...chamber, run: 99 })).rejects.toMatchObject({
      id: 'not-found',
    });
  });

  it('ends by itself: another expert gets the chamber, the first cannot renew', async () => {
    const chamber = labelOf(3, 101);
    const lease = await leaseChamber(it_.database, 'ana', chamber, -1);
    const taken = await leaseChamber(it_.database, 'bo', chamber);
    expect(taken?.by).toBe('bo');
    await expect(renewLabelLease(it_.database, 'ana', lease?.id ?? '')).rejects.toMatchObject({
      id: 'lease-lost',
    });
    expect(await releaseLabelLease(it_.database, 'ana', lease?.id ?? '')).toBe(false);
    expect(await renewLabelLease(it_.database, 'bo', taken?.id ?? '')).toMatchObject({ id: taken?.id });
  });

  it('is over when the chamber is labelled, by whomever', async () => {
    const chamber = labelOf(3, 102);
    await leaseChamber(it_.database, 'ana', chamber);
    await writeLabel(it_.database, 'bo', chamber);
    expect(await stateOf(it_.database, chamber)).toBe('labelled');
    expect(await leaseChamber(it_.database, 'ana', chamber)).toBeNull();
  });
});

describe('nobody is asked', () => {
  const waitingOf = async (database: Database, run: number) =>
    (await database.query('select from queue where run = $1', [run])).rowCount;
  const save = async (database: Database, run: number, changes: Partial<RunResult> = {}) => {
    await registerModel(database, { name: 'test@1.0.0', hash: 'h' });
    await saveRunResult(database, syntheticRun(run, changes));
    await takeInScores(database);
  };

  it('about a run in progress, whose answer would be one to hits that are still to come, until it is over', async () => {
    const own = await createTestDatabase();
    try {
      const life = { ...finalLife(), state: 'growing' as const };
      await save(own.database, 1, { life });
      expect(await waitingOf(own.database, 1)).toBe(0);
      // Whoever chose it labels it all the same, and that stays an answer.
      const chosen = labelOf(1, 7);
      expect(await leaseChamber(own.database, 'ana', chosen)).toBeNull();
      await writeLabel(own.database, 'ana', chosen);
      await own.database.query(`update run set life = 'settling' where run = 1`);
      await takeInScores(own.database);
      expect(await waitingOf(own.database, 1)).toBe(250);
      expect(await stateOf(own.database, chosen)).toBe('labelled');
      const [held] = await nextChambers(own.database, { expert: 'ana', strategy: 'margin', random: never });
      await save(own.database, 1, { life: { ...life, state: 'reopened' } });
      expect(await waitingOf(own.database, 1)).toBe(2);
      expect(await stateOf(own.database, held!)).toBe('leased');
    } finally {
      await own.drop();
    }
  });

  it('about layers that nothing is known of, nor about chambers that have no others', async () => {
    const own = await createTestDatabase();
    try {
      const [first, second, third] = allChambers
        .slice(0, 3)
        .map((id) => syntheticChamber({ ...id, sector: 1 }));
      const unknownIn = (chamber: ChamberResult, layers: readonly number[]): ChamberResult =>
        chamber.state === 'present'
          ? {
              ...chamber,
              verdict: {
                ...chamber.verdict,
                verdicts: chamber.verdict.verdicts.map((verdict, row) =>
                  verdict !== null && layers.includes(row + 1) ? 'unknown' : verdict,
                ),
              },
            }
          : chamber;
      await save(own.database, 1, {
        chambers: [
          { ...unknownIn(first!, layerNumbers), sector: 1 },
          { ...unknownIn(second!, [9]), sector: 2 },
          { ...third!, sector: 3 },
        ],
      });
      const leases = await nextChambers(own.database, {
        expert: 'ana',
        strategy: 'margin',
        count: 10,
        random: never,
        // None of the three is kept for random draws, which come last.
        auditShare: 0,
      });
      expect(leases.map(({ sector }) => sector)).toEqual([3, 2]);
      // Its layer 9 scores 0.75.
      expect(leases[1]?.reason.text).not.toMatch(/layer 9/);
    } finally {
      await own.drop();
    }
  });
});

describe('refreshing the queue', () => {
  it('keeps what experts did, and forgets chambers without scores', async () => {
    const label = labelOf(1, 110);
    await writeLabel(it_.database, 'ana', label);
    const before = await it_.database.query(
      'select * from queue where run = 1 order by wheel, station, sector',
    );
    expect(await refreshQueue(it_.database, 1)).toBe(250);
    const after = await it_.database.query(
      'select * from queue where run = 1 order by wheel, station, sector',
    );
    const places = (rows: Record<string, unknown>[]) =>
      rows.map(({ state, twin_rank, random_key }) => [state, twin_rank, random_key]);
    expect(places(after.rows as Record<string, unknown>[])).toEqual(
      places(before.rows as Record<string, unknown>[]),
    );
    await it_.database.query('delete from chamber_score where run = 1 and wheel = -2');
    expect(await refreshQueue(it_.database, 1)).toBe(200);
    expect(await stateOf(it_.database, labelOf(1, 0))).toBeNull();
  });

  it('learns from labels what to ask next', async () => {
    for (let index = 0; index < 40; index += 1) {
      const request = labelOf(3, 130 + index);
      const verdicts = request.verdicts.map((verdict) =>
        verdict !== null && request.sector % 3 === 0 ? 'bad' : verdict,
      );
      await writeLabel(it_.database, 'ana', { ...request, verdicts });
    }
    const orders = () =>
      it_.database.query('select run, wheel, station, sector, priority from queue order by 1, 2, 3, 4');
    const before = (await orders()).rows;
    expect(await refreshPriorities(it_.database)).toBeGreaterThan(100);
    expect((await orders()).rows).not.toEqual(before);
  });
});

describe('progress', () => {
  it('counts every chamber once and tells the share of bad layers by the random draws', async () => {
    const progress = await createProgressReader(it_.database)('margin', 'eve');
    expect(progress.total).toBe(700);
    expect(progress.waiting + progress.leased + progress.labelled + progress.skipped).toBe(700);
    expect(progress.experts[0]).toMatchObject({ by: 'ana', skips: 0, medianSeconds: null });
    const sampled = progress.audit?.chambers ?? 0;
    const [audit] = await next('eve', { random: () => 0 });
    if (audit === undefined) throw new Error('nothing left');
    const index = allChambers.findIndex(
      ({ wheel, station, sector }) =>
        wheel === audit.wheel && station === audit.station && sector === audit.sector,
    );
    await writeLabel(it_.database, 'eve', labelOf(audit.run, index));
    const after = await createProgressReader(it_.database)('margin', 'eve');
    expect(after.audit?.chambers).toBeGreaterThan(sampled);
    expect(after.audit?.low).toBeLessThanOrEqual(after.audit?.badShare ?? -1);
  });

  it('tells an expert of every own answer at once, from whatever process, and of runs that went', async () => {
    const reader = createProgressReader(it_.database);
    const before = await reader('margin', 'fay');
    const answer = async (expert: string) => {
      const [chosen] = await next(expert);
      const { run, wheel, station, sector } = chosen!;
      const index = allChambers.findIndex(
        (each) => each.wheel === wheel && each.station === station && each.sector === sector,
      );
      await writeLabel(it_.database, expert, labelOf(run, index));
    };
    await answer('gus');
    await answer('fay');
    const after = await reader('margin', 'fay');
    expect(after.labelled).toBe(before.labelled + 2);
    expect(after.mine).toMatchObject({ labels: 1, session: { labels: 1 } });
    const { rows } = await it_.database.query<{ run: number; chambers: number }>(
      'select run, count(*)::integer as chambers from queue group by run order by run desc limit 1',
    );
    await it_.database.query('delete from run where run = $1', [rows[0]!.run]);
    expect((await reader('margin', 'fay')).total).toBe(before.total - rows[0]!.chambers);
  });
});
