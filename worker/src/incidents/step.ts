import { parseChamber, superlayersOf } from '@dtdqm/contract';
import { closeUnseen } from './heal.ts';
import { match } from './match.ts';
import { takeSighting } from './see.ts';
import { isBlind } from './sighting.ts';
import { beginTrack } from './begin.ts';
import { rules } from './rules.ts';
import {
  noEffects,
  type Effects,
  type Ledger,
  type Numbering,
  type RunFindings,
  type Track,
} from './track.ts';

/**
 * Takes one run into the ledger. The same ledger and run give the same result, whatever happened in between; the ledger
 * that was passed is left as it is.
 */
export function step(
  before: Ledger,
  run: RunFindings,
  number: Numbering,
): { ledger: Ledger; effects: Effects } {
  const effects = noEffects();
  const tracks = structuredClone(before.tracks);
  const byChamber = new Map<string, Track[]>();
  for (const track of tracks) byChamber.set(track.chamber, [...(byChamber.get(track.chamber) ?? []), track]);
  const chambers = [...new Set([...byChamber.keys(), ...run.findings.keys()])].sort();
  const kept = chambers.flatMap((chamber) =>
    stepChamber(chamber, byChamber.get(chamber) ?? [], run, number, effects),
  );
  return { ledger: { run: run.run, tracks: kept }, effects };
}

function stepChamber(
  chamber: string,
  tracks: readonly Track[],
  run: RunFindings,
  number: Numbering,
  effects: Effects,
): Track[] {
  const { seen, covered, fresh } = match(
    tracks,
    run.findings.get(chamber) ?? [],
    superlayersOf(parseChamber(chamber).station),
  );
  const blind = run.blind.get(chamber) ?? [];
  const kept: Track[] = [];
  for (const track of tracks) {
    const findings = seen.get(track);
    const cover = covered.get(track);
    if (track.change !== null && ++track.changeAge >= rules.tellRuns) track.change = null;
    if (findings !== undefined) {
      track.covered = 0;
      takeSighting(track, findings, run, number, effects);
    } else if (cover !== undefined) {
      track.covered += 1;
      if (absorbed(track, cover, run, effects)) continue;
    } else if (!isBlind(track.spans, blind) && closeUnseen(track, run, effects) === 'done') continue;
    kept.push(track);
  }
  return [...kept, ...fresh.map((finding) => beginTrack(chamber, finding, run))];
}

/** A fault that a greater one of like size has hidden for long is part of it now. */
function absorbed(
  track: Track,
  { by, alike }: { by: Track | null; alike: boolean },
  { run, at }: RunFindings,
  effects: Effects,
): boolean {
  if (track.covered < rules.absorbAfter) return false;
  if (track.phase === 'candidate') return true;
  if (!alike || by === null || by.phase !== 'open' || track.knownBad || track.phase !== 'open') return false;
  effects.merged.push({ id: track.id, into: by.id, run });
  effects.changes.push({
    id: track.id,
    run,
    at,
    change: 'absorbed',
    comment: 'is now part of incident',
    other: by.id,
  });
  by.firstRun = Math.min(by.firstRun, track.firstRun);
  effects.finished.push(track);
  return true;
}
