import type { Fault, StrategyName } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { strategyOrder } from './strategyColumn.ts';

/** An expert who thinks longer than this about one chamber renews the lease; one who left frees it. */
export const labelLeaseSeconds = 600;

export interface TakenLease {
  run: number;
  wheel: number;
  station: number;
  sector: number;
  lease_id: string;
  lease_until: Date;
  /** Layer that looks worst. */
  focus: number;
  twin_rank: number;
  priority: number;
  /** By the run's current model; null when it has not scored the chamber. */
  scores: number[] | null;
  faults: Fault[] | null;
}

/** Lets chambers wait again whose lease has ended; usually none, which one look at an index tells. */
export async function reclaimEndedLeases(db: Queryable): Promise<void> {
  await db.query(
    `with ended as materialized (
       select run, wheel, station, sector from queue
       where state = 'leased' and lease_until < now()
       limit 100 for update skip locked
     )
     update queue q set state = 'waiting', lease_id = null, lease_by = null, lease_until = null
     from ended e
     where q.run = e.run and q.wheel = e.wheel and q.station = e.station and q.sector = e.sector`,
  );
}

export interface LeaseQuery {
  expert: string;
  strategy: StrategyName;
  count: number;
  run?: number | undefined;
  audit: boolean;
  leaseSeconds?: number;
}

/** Leases the chambers first in the order of a strategy that wait; fewer than asked for when the queue runs out. */
export async function takeLeases(
  db: Queryable,
  { expert, strategy, count, run, audit, leaseSeconds = labelLeaseSeconds }: LeaseQuery,
): Promise<TakenLease[]> {
  const { column, order } = strategyOrder[strategy];
  const ofOneRun = run !== undefined;
  // Parsing and planning take longer than the work: 0.55 of 0.9 ms. The count stands in the text, since a plan for any
  // number of rows would sort them all.
  const name = `take ${count} ${strategy}${ofOneRun ? ' of one run' : ''}`;
  // Rows that others are just taking are skipped, not waited for. A lease need not outlive a crash of the database, as
  // anyone may label without one; so it does not wait for the disk, which would take most of the time.
  const { rows } = await db.query<TakenLease>({
    name,
    text: `with picked as (
       select run, wheel, station, sector, ${column} as priority from queue
       where state = 'waiting' ${ofOneRun ? 'and run = $4' : ''}
       order by ${order} limit ${Math.trunc(count)} for update skip locked
     ), leased as (
       update queue q
       set state = 'leased', audit = q.audit or $2, lease_id = gen_random_uuid(), lease_by = $1,
           lease_until = now() + make_interval(secs => $3)
       from picked p
       where q.run = p.run and q.wheel = p.wheel and q.station = p.station and q.sector = p.sector
       returning q.run, q.wheel, q.station, q.sector, q.lease_id, q.lease_until, q.focus, q.twin_rank, p.priority
     )
     select l.*, s.scores, s.faults
     from leased l
     cross join (select set_config('synchronous_commit', 'off', true)) as unhurried
     left join run r using (run)
     left join chamber_score s
       on s.run = l.run and s.wheel = l.wheel and s.station = l.station and s.sector = l.sector and s.model = r.model
     order by l.priority desc`,
    values: [expert, audit, leaseSeconds, ...(ofOneRun ? [run] : [])],
  });
  return rows;
}
