import type { Lease, StrategyName } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { reclaimEndedLeases, takeLeases, type TakenLease } from '../../storage/queue/take.ts';
import { tellReason } from '../strategies/reason.ts';

export interface NextQuery {
  expert: string;
  strategy: StrategyName;
  /** Chambers wanted, 1..10; 1 unless set. */
  count?: number;
  /** Only chambers of this run. */
  run?: number | undefined;
  /** Share of draws made at random instead, 0..1; 0.1 unless set. */
  auditShare?: number;
  leaseSeconds?: number;
  /** Decides which draws are random; Math.random unless set. */
  random?: () => number;
}

/**
 * Leases the chambers that come next: never one that somebody holds, has labelled or skipped.
 * Fewer than asked for, or none, when the queue runs out.
 */
export async function nextChambers(
  db: Queryable,
  { strategy, count = 1, auditShare = 0.1, random = Math.random, ...query }: NextQuery,
): Promise<Lease[]> {
  await reclaimNowAndThen(db);
  const audits = Array.from({ length: count }, () => random() < auditShare).filter(Boolean).length;
  const take = async (how: StrategyName, wanted: number, audit: boolean) => {
    const taken = wanted === 0 ? [] : await takeLeases(db, { ...query, strategy: how, count: wanted, audit });
    if (taken.length < wanted) {
      await reclaimEndedLeases(db);
      taken.push(...(await takeLeases(db, { ...query, strategy: how, count: wanted - taken.length, audit })));
    }
    return taken.map((row) => toLease(row, query.expert, how, audit));
  };
  return [...(await take(strategy, count - audits, false)), ...(await take('random', audits, true))];
}

const reclaimEveryMs = 1000;
const reclaimedAt = new WeakMap<Queryable, number>();

/** Ended leases come back within a second; looking at every call would cost a fifth of it. */
async function reclaimNowAndThen(db: Queryable): Promise<void> {
  const now = Date.now();
  if (now - (reclaimedAt.get(db) ?? -Infinity) < reclaimEveryMs) return;
  reclaimedAt.set(db, now);
  await reclaimEndedLeases(db);
}

function toLease(taken: TakenLease, by: string, strategy: StrategyName, audit: boolean): Lease {
  const { run, wheel, station, sector, priority } = taken;
  const text = tellReason({
    strategy,
    audit,
    focus: taken.focus,
    scores: taken.scores ?? [],
    faults: taken.faults ?? [],
    twinsBefore: taken.twin_rank,
  });
  return {
    run,
    wheel,
    station,
    sector,
    lease: { id: taken.lease_id, by, until: taken.lease_until.toISOString() },
    reason: { strategy, audit, priority, text },
  };
}
