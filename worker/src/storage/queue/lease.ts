import { labelErrorIds, type ChamberOfRun, type Lease } from '@dtdqm/contract';
import type { Queryable } from '../database.ts';
import { LabelError } from '../labels/error.ts';
import { labelLeaseSeconds } from './take.ts';

/**
 * Leases a chamber that the expert chose, labelled or skipped ones included (they stay so; no lease is needed to label).
 *
 * @returns null when the chamber is free to label but not waiting, so that there is nothing to hold.
 * @throws {LabelError} `not-found` when nothing is scored there; `lease-lost` while another expert holds it.
 */
export async function leaseChamber(
  db: Queryable,
  expert: string,
  { run, wheel, station, sector }: ChamberOfRun,
  leaseSeconds = labelLeaseSeconds,
): Promise<Lease['lease'] | null> {
  const key = [run, wheel, station, sector];
  const { rows } = await db.query<{ id: string; until: Date }>(
    `update queue set
       state = 'leased', lease_by = $5, lease_until = now() + make_interval(secs => $6),
       lease_id = case when state = 'leased' and lease_by = $5 then lease_id else gen_random_uuid() end
     where run = $1 and wheel = $2 and station = $3 and sector = $4
       and (state = 'waiting' or state = 'leased' and (lease_by = $5 or lease_until < now()))
     returning lease_id as id, lease_until as until`,
    [...key, expert, leaseSeconds],
  );
  if (rows[0]) return { id: rows[0].id, by: expert, until: rows[0].until.toISOString() };
  const standing = await db.query<{ state: string; lease_by: string | null }>(
    `select state::text, lease_by from queue where run = $1 and wheel = $2 and station = $3 and sector = $4`,
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
 * Holds a chamber for longer.
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
