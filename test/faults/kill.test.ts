import { afterEach, describe, expect, test } from 'vitest';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Matrix } from '@dtdqm/contract';
import { requestReevaluation } from '@dtdqm/worker/storage/jobs';
import { nextJudgedEarly } from '@dtdqm/worker/storage/past';
import type { MemorySource } from '../pipeline/memorySource.ts';
import { contentOf, type TableContent } from './rig/content.ts';
import { countFinished, finished, openRig, type FaultRig } from './rig/rig.ts';
import { isLong, report, sized } from './rig/size.ts';

const kills = sized(3, 50);
const runs = sized(3, 60);
const rigs: FaultRig[] = [];
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

/** Faults that last for some runs, so that there are incidents to open and to close. */
function withFaults(source: MemorySource): void {
  for (let run = 1; run <= runs; run++) {
    const chamber = { wheel: 1, station: 1, sector: 1 + Math.floor(run / 3) } as const;
    const matrix = source.chamber(run, chamber);
    if (matrix !== undefined && chamber.sector <= 12) source.override(run, chamber, darken(matrix, 9));
  }
}

function darken(matrix: Matrix, layer: number): Matrix {
  return matrix.map((row, index) => (index + 1 === layer ? row.map((hits) => Math.min(hits, 0)) : [...row]));
}

async function rigOf(): Promise<FaultRig> {
  const rig = await openRig(runs, withFaults);
  rigs.push(rig);
  return rig;
}

/** Runs that a worker had in hand, and still has as far as the database knows. */
async function held({ database }: FaultRig): Promise<{ run: number; status: string; owner: string }[]> {
  const { rows } = await database.query<{ run: number; status: string; owner: string }>(
    'select run, status, lease_owner as owner from run where lease_until > now()',
  );
  return rows;
}

/** What stands in the tables once the keepers have taken in what the runs left them. */
async function settled({ database }: FaultRig): Promise<Record<string, TableContent>> {
  await finished(database, runs);
  for (let before = ''; ; await delay(2000)) {
    const { rows } = await database.query<{ queued: number; read: number }>(
      `select (select count(*) from queued_run)::integer as queued, (select count(*) from incident_run)::integer as read`,
    );
    // Runs that were judged before older ones came are judged again, one after the other.
    const isJudged = (await countFinished(database)) >= runs && (await nextJudgedEarly(database)) === null;
    const content = await contentOf(database);
    const now = JSON.stringify(content);
    if (isJudged && rows[0]?.queued === runs && rows[0].read === runs && now === before) return content;
    before = now;
  }
}

describe(`a worker killed at ${kills} random moments of fetching, re-evaluating and keeping incidents`, () => {
  test('leaves, in the end, the very content of an undisturbed run', { timeout: 1_800_000 }, async () => {
    const calm = await rigOf();
    const undisturbed = calm.worker(undefined, { keepers: true });
    const expected = await settled(calm);
    await undisturbed.kill();
    expect(expected['incident']?.rows).toBeGreaterThan(0);

    const rig = await rigOf();
    const idle = { longestSeconds: 0 };
    /** Since when nobody has had a run in hand, and who had it. */
    const orphans = new Map<number, { since: number; owner: string }>();
    const onEvent = (event: { type: string; run?: number }) => {
      const run = event.run ?? 0;
      const orphan = orphans.get(run);
      if (orphan === undefined) return;
      orphans.delete(run);
      idle.longestSeconds = Math.max(idle.longestSeconds, (performance.now() - orphan.since) / 1000);
    };
    const hit: Record<string, number> = {};
    for (let kill = 0; kill < kills; kill++) {
      // What is stored so far is looked at again, so that kills hit that too.
      if (kill % 3 === 1) await requestReevaluation(rig.database, {});
      const doomed = rig.worker(onEvent, { keepers: true });
      // From before it is up to deep in its work; every other one surely in its work.
      await (kill % 2 === 0 ? delay(600) : once(doomed.process, 'message'));
      await delay(Math.random() * sized(1000, 3000));
      await doomed.kill();
      for (const { run, status, owner } of await held(rig)) {
        if (orphans.get(run)?.owner === owner) continue;
        orphans.set(run, { since: performance.now(), owner });
        hit[status] = (hit[status] ?? 0) + 1;
      }
      // The short form does not wait for leases to run out; the long form does.
      if (!isLong)
        await rig.database.query(`update run set lease_until = now() where lease_until is not null`);
    }
    const heir = rig.worker(onEvent, { keepers: true });
    const content = await settled(rig);
    await heir.kill();

    expect(content).toEqual(expected);
    if (isLong) expect(idle.longestSeconds).toBeLessThan(120);
    report('kill -9 of a worker', {
      kills,
      killedWithRunInHand: hit,
      runs,
      incidents: expected['incident']?.rows,
      longestIdleSeconds: isLong ? Math.round(idle.longestSeconds) : 'leases cut short',
    });
  });
});
