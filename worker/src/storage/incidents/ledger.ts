import { reconcile, type Identity } from '../../incidents/reconcile.ts';
import { renumberEffects, renumberLedger } from '../../incidents/renumber.ts';
import { replay } from '../../incidents/replay.ts';
import type { Track } from '../../incidents/track.ts';
import type { Queryable } from '../database.ts';
import { actsAfter } from './acts.ts';
import { checkpointBefore, dropCheckpointsAfter, saveCheckpoints } from './checkpoints.ts';
import { runsAfter } from './findings.ts';
import { identitiesAfter } from './identities.ts';
import { nextNumber, rememberNextNumber } from './numbers.ts';
import { dropIncidents, forgetAfter, saveEffects, saveIncidents } from './write.ts';

/** Runs in memory at a time. */
const page = 200;

/**
 * Makes the ledger anew from `run` on; for a new run at the end that is the one run. Must be called with the ledger locked.
 */
export async function rebuildFrom(db: Queryable, run: number): Promise<void> {
  const from = await checkpointBefore(db, run);
  const before = from.run;
  const work = replay(from, await actsAfter(db, before));
  for (
    let at = before, runs = await runsAfter(db, at, page);
    runs.length > 0;
    runs = await runsAfter(db, at, page)
  ) {
    for (const each of runs) work.take(each);
    at = runs.at(-1)?.run ?? at;
  }
  const { states, effects } = work.finish();
  const last = states.at(-1) ?? from;
  const tracks = [...effects.finished, ...last.ledger.tracks];

  const stored = await identitiesAfter(db, before);
  let next = await nextNumber(db);
  const numbers = reconcile(
    tracks
      .filter(({ id }) => id < 0)
      .map(identityOf)
      .sort(byOpening),
    stored,
    () => next++,
  );
  await rememberNextNumber(db, next);

  await forgetAfter(db, before);
  const final = renumberEffects(effects, numbers);
  const kept = renumberLedger(last.ledger, numbers).tracks;
  await dropIncidents(
    db,
    before,
    [...final.finished, ...kept].map(({ id }) => id),
  );
  await saveIncidents(db, [...final.finished, ...kept]);
  await saveEffects(db, final);
  await dropCheckpointsAfter(db, before);
  await saveCheckpoints(
    db,
    states
      .filter((state) => state.run > 0)
      .map((state) => ({ ...state, ledger: renumberLedger(state.ledger, numbers) })),
  );
}

function identityOf({ id, chamber, spans, firstRun, lastRun }: Track): Identity {
  return { id, chamber, spans, firstRun, lastRun };
}

/** Provisional numbers count down from -1. */
function byOpening(a: Identity, b: Identity): number {
  return b.id - a.id;
}
