import {
  labelErrorIds,
  type ChamberOfRun,
  type Fault,
  type Lease,
  type QueueLease,
  type Verdict,
} from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { LabelError } from '../labels/journal.ts';

/** An expert who thinks longer than this about one chamber renews the lease; one who left frees it. */
const labelLeaseSeconds = 600;

export interface QueuedChamber extends ChamberOfRun {
  /** Null when it was only looked at. */
  lease_id: string | null;
  lease_until: Date | null;
  /** Layer that looks worst. */
  focus: number;
  /** Chambers that came before and look bad in the same way. */
  duplicates: number;
  priority: number;
  /** By the run's current model; null when it has not scored the chamber. */
  scores: number[] | null;
  verdicts: (Verdict | null)[] | null;
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

/** A chamber in an order that was worked out by the caller. */
export interface RankedChamber extends ChamberOfRun {
  priority: number;
}

export interface LeaseQuery {
  /** Who leases the chambers; null to look at them and leave them waiting. */
  expert: string | null;
  count: number;
  run?: number | undefined;
  /** The draw is one of those made at random, whatever the strategy. */
  audit: boolean;
  /** Which random keys, 0..1, may be drawn, `below` not included; all unless set. */
  keys?: { from?: number; below?: number };
  leaseSeconds?: number;
}

/** Random keys are below 1. */
const everyKey = 2;

/**
 * Leases, or looks at, the waiting chambers that are first by the stored priority, or in the fixed random order; fewer than asked for when the
 * queue runs out.
 */
export function leaseFirst(
  db: Queryable,
  order: 'priority' | 'random',
  { run, keys: { from = 0, below = everyKey } = {}, ...query }: LeaseQuery,
): Promise<QueuedChamber[]> {
  const [priority, by] =
    order === 'random' ? ['1 - random_key', 'random_key'] : ['priority', 'priority desc, random_key'];
  const ofOneRun = run !== undefined;
  return leasePicked(db, query, {
    name: `${order}${ofOneRun ? ' of one run' : ''}`,
    text: `select run, wheel, station, sector, ${priority} as priority from queue
       where state = 'waiting' and random_key >= $4 and random_key < $5 ${ofOneRun ? 'and run = $6' : ''}
       order by ${by}`,
    of: 'queue',
    values: [from, below, ...(ofOneRun ? [run] : [])],
  });
}

/** Leases the first of these chambers that still wait; fewer than asked for when others have most of them. */
export function leaseRanked(
  db: Queryable,
  chambers: readonly RankedChamber[],
  { keys: { from = 0, below = everyKey } = {}, ...query }: Omit<LeaseQuery, 'run'>,
): Promise<QueuedChamber[]> {
  return leasePicked(db, query, {
    name: 'ranked',
    text: `select q.run, q.wheel, q.station, q.sector, r.priority
       from unnest($4::integer[], $5::smallint[], $6::smallint[], $7::smallint[], $8::real[])
         with ordinality as r (run, wheel, station, sector, priority, position)
       join queue q using (run, wheel, station, sector)
       where q.state = 'waiting' and q.random_key >= $9 and q.random_key < $10
       order by r.position`,
    of: 'q',
    values: [
      chambers.map(({ run }) => run),
      chambers.map(({ wheel }) => wheel),
      chambers.map(({ station }) => station),
      chambers.map(({ sector }) => sector),
      chambers.map(({ priority }) => priority),
      from,
      below,
    ],
  });
}

interface Pick {
  name: string;
  text: string;
  /** What of it is locked. */
  of: string;
  values: unknown[];
}

async function leasePicked(
  db: Queryable,
  { expert, count, audit, leaseSeconds = labelLeaseSeconds }: Omit<LeaseQuery, 'run' | 'keys'>,
  pick: Pick,
): Promise<QueuedChamber[]> {
  const limit = Math.trunc(count);
  const scored = `left join run r using (run)
     left join chamber_score s
       on s.run = l.run and s.wheel = l.wheel and s.station = l.station and s.sector = l.sector and s.model = r.model
     order by l.priority desc, l.random_key`;
  if (expert === null) {
    // The first three parameters belong to the lease; PostgreSQL wants to know what they are.
    const { rows } = await db.query<QueuedChamber>(
      `with l as (
         select q.run, q.wheel, q.station, q.sector, q.random_key, null as lease_id, null as lease_until, q.focus,
                q.twin_rank as duplicates, p.priority
         from (${pick.text} limit ${limit}) p join queue q using (run, wheel, station, sector)
         where $1::text is null and $2::boolean is not null and $3::real is not null
       )
       select l.*, s.scores, s.verdicts::text[], s.faults from l ${scored}`,
      [expert, audit, leaseSeconds, ...pick.values],
    );
    return rows;
  }
  // Rows that others are just taking are skipped, not waited for. A lease need not outlive a crash of the database, as
  // anyone may label without one; so it does not wait for the disk, which would take most of the time.
  const { rows } = await db.query<QueuedChamber>({
    // Parsing and planning take longer than the work: 0.55 of 0.9 ms. The count stands in the text, since a plan for any
    // number of rows would sort them all.
    name: `lease ${limit} ${pick.name}`,
    text: `with picked as (
       ${pick.text} limit ${limit} for update of ${pick.of} skip locked
     ), leased as (
       update queue q
       set state = 'leased', audit = q.audit or $2, lease_id = gen_random_uuid(), lease_by = $1,
           lease_until = now() + make_interval(secs => $3)
       from picked p
       where q.run = p.run and q.wheel = p.wheel and q.station = p.station and q.sector = p.sector
       returning q.run, q.wheel, q.station, q.sector, q.random_key, q.lease_id, q.lease_until, q.focus, q.twin_rank as duplicates, p.priority
     )
     select l.*, s.scores, s.verdicts::text[], s.faults
     from leased l
     cross join (select set_config('synchronous_commit', 'off', true)) as unhurried
     ${scored}`,
    values: [expert, audit, leaseSeconds, ...pick.values],
  });
  return rows;
}

/**
 * Leases a chamber that the expert chose, labelled or skipped ones included (they stay so; no lease is needed to label).
 *
 * @returns null when the chamber is free to label but not waiting, so that there is nothing to lease: also one that nobody is asked about.
 * @throws {LabelError} `not-found` when nothing is scored there; `lease-lost` while another expert has it.
 */
export async function leaseChamber(
  db: Queryable,
  expert: string,
  { run, wheel, station, sector, audit = false }: QueueLease,
  leaseSeconds = labelLeaseSeconds,
): Promise<Lease['lease'] | null> {
  const key = [run, wheel, station, sector];
  const { rows } = await db.query<{ id: string; until: Date }>(
    `update queue set
       state = 'leased', audit = audit or $7, lease_by = $5, lease_until = now() + make_interval(secs => $6),
       lease_id = case when state = 'leased' and lease_by = $5 then lease_id else gen_random_uuid() end
     where run = $1 and wheel = $2 and station = $3 and sector = $4
       and (state = 'waiting' or state = 'leased' and (lease_by = $5 or lease_until < now()))
     returning lease_id as id, lease_until as until`,
    [...key, expert, leaseSeconds, audit],
  );
  if (rows[0]) return { id: rows[0].id, by: expert, until: rows[0].until.toISOString() };
  const standing = await db.query<{ state: string | null; lease_by: string | null }>(
    `select q.state::text, q.lease_by
     from run r join chamber_score s using (run, model) left join queue q using (run, wheel, station, sector)
     where run = $1 and wheel = $2 and station = $3 and sector = $4`,
    key,
  );
  const found = standing.rows[0];
  if (found === undefined)
    throw new LabelError('not-found', 'no model has scored this chamber of this run yet');
  if (found.state !== 'leased') return null;
  throw new LabelError(
    labelErrorIds.leaseLost,
    `${found.lease_by ?? 'another expert'} is labelling this chamber`,
  );
}

/**
 * Renews a lease.
 *
 * @throws {LabelError} `lease-lost` when the lease has ended and somebody else may have the chamber.
 */
export async function renewLabelLease(
  db: Queryable,
  expert: string,
  lease: string,
  leaseSeconds = labelLeaseSeconds,
): Promise<Lease['lease']> {
  const { rows } = await db.query<{ until: Date }>(
    `update queue set lease_until = now() + make_interval(secs => $3)
     where lease_id = $1 and lease_by = $2 and state = 'leased'
     returning lease_until as until`,
    [lease, expert, leaseSeconds],
  );
  if (rows[0] === undefined)
    throw new LabelError(labelErrorIds.leaseLost, 'the lease has ended: ask for the next chamber');
  return { id: lease, by: expert, until: rows[0].until.toISOString() };
}

/** Gives a chamber back at once. @returns false when the lease had ended before, which is no error. */
export async function releaseLabelLease(db: Queryable, expert: string, lease: string): Promise<boolean> {
  const { rowCount } = await db.query(
    `update queue set state = 'waiting', lease_id = null, lease_by = null, lease_until = null
     where lease_id = $1 and lease_by = $2 and state = 'leased'`,
    [lease, expert],
  );
  return rowCount === 1;
}

/** Whether the expert has this chamber as a random draw, whose answer must come before what a model says of it. */
export async function awaitsBlindAnswer(
  db: Queryable,
  expert: string,
  { run, wheel, station, sector }: ChamberOfRun,
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select from queue where run = $1 and wheel = $2 and station = $3 and sector = $4
       and audit and state = 'leased' and lease_by = $5 and lease_until >= now()`,
    [run, wheel, station, sector, expert],
  );
  return rowCount === 1;
}

/** What the expert has as random draws, see {@link awaitsBlindAnswer}. */
export async function heldDraws(db: Queryable, expert: string): Promise<ChamberOfRun[]> {
  const { rows } = await db.query<ChamberOfRun>(
    `select run, wheel, station, sector from queue where audit and state = 'leased' and lease_by = $1 and lease_until >= now()`,
    [expert],
  );
  return rows;
}
