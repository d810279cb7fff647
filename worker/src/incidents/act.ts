import { findTrack } from './findTrack.ts';
import { mergeTracks } from './merge.ts';
import { ActError, type RecordedAct } from './recordedAct.ts';
import { splitTrack } from './split.ts';
import { noEffects, type Effects, type Ledger, type Numbering } from './track.ts';

/**
 * Does to the ledger what somebody did. Comments and links change nothing in it.
 *
 * @throws {ActError} when the ledger does not allow it; nothing is changed then.
 */
export function applyAct(
  before: Ledger,
  recorded: RecordedAct,
  number: Numbering,
): { ledger: Ledger; effects: Effects } {
  const effects = noEffects();
  const tracks = structuredClone(before.tracks);
  const { act, actor } = recorded;
  const ledger = { ...before, tracks };
  if (act.action === 'comment' || act.action === 'link' || act.action === 'unlink')
    return { ledger, effects };
  const track = findTrack(tracks, recorded.incident, recorded.anchor);
  if (track === undefined)
    throw new ActError(
      `incident ${recorded.incident} healed long ago: nothing can be done to it but comment and link`,
    );
  switch (act.action) {
    case 'acknowledge':
      if (track.phase === 'healed')
        throw new ActError(`incident ${track.id} has healed: there is nothing to acknowledge`);
      track.acknowledgedBy = actor;
      break;
    case 'unacknowledge':
      track.acknowledgedBy = null;
      break;
    case 'shelve':
      track.shelf = { by: actor, owner: act.owner, reason: act.reason, until: act.until };
      break;
    case 'unshelve':
      track.shelf = null;
      break;
    case 'known-bad':
    case 'not-known-bad':
      track.knownBad = act.action === 'known-bad';
      break;
    case 'split':
      tracks.push(splitTrack(track, act, recorded, number, effects));
      break;
    case 'merge':
      mergeTracks(tracks, track, act.into, recorded, effects);
  }
  return {
    ledger: { ...ledger, tracks: tracks.filter((each) => !effects.finished.includes(each)) },
    effects,
  };
}
