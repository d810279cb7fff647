import { chamberLabel, layersOf, parseChamber } from '@dtdqm/contract';
import { median as medianOf } from '@dtdqm/contract/numbers';
import { hardwareOf } from './hardware.ts';
import { layersIn } from './spans.ts';
import {
  recordChange,
  rules,
  severityOf,
  type Effects,
  type RunFindings,
  type Track,
  type View,
  type Finding,
  type Ledger,
} from './track.ts';

/**
 * Settles what is told of a fault. Names, layers and hardware go into alerts, where another word is another alert: they follow
 * the newest sighting only where it says the same in these, or three in a row agree on something else.
 */
export function applyHysteresis(track: Pick<Track, 'views' | 'stated'>, { now = false } = {}): void {
  const newest = track.views.at(-1);
  if (newest === undefined) return;
  const wording = wordingOf(newest);
  const agreed = track.views.length >= 3 && track.views.every((view) => wordingOf(view) === wording);
  if (now || agreed || wordingOf(track.stated) === wording) track.stated = newest;
}

function wordingOf({ kind, spans, extent, lost }: View): string {
  return [kind, layersIn(spans).join(), hardwareOf(spans, extent, kind), severityOf(kind, lost)].join('|');
}

/** Whether a loss has grown by so much that it is told: of wires, or of chambers that are not judged. */
export function isGrown(from: number, to: number, ofChambers = false): boolean {
  const [least, factor] = ofChambers ? [1, rules.coverageGrowFactor] : [rules.growLeast, rules.growFactor];
  return to - from >= least && to >= from * factor;
}

/**
 * Medians of three, so that one odd run changes nothing. What has grown is loud again, whatever was said of it before. What was counted needs no
 * other run to confirm it: chambers that are not judged, and losses inside a run.
 *
 * @param isInRun the newest sighting tells of a loss inside its run.
 */
export function judgeGrowth(track: Track, run: RunFindings, effects: Effects, isInRun: boolean): void {
  const losses = track.views.map(({ lost }) => lost);
  const newest = losses.at(-1)!;
  const isAnswered = track.acknowledgedBy !== null || track.knownBad;
  const isCoverage = track.stated.kind === 'coverage';
  const median = losses.length < 3 ? null : medianOf(losses);
  const notJudged = isCoverage ? chambersNotJudged(run) : [];
  // Whoever answers answers for what there is by then; what comes afterwards is measured from it.
  if (!isAnswered && isCoverage) [track.reference, track.notJudged] = [newest, notJudged];
  else if (!isAnswered && median === null) track.reference = Math.max(...losses);
  if (isCoverage) track.notJudged ??= notJudged;
  const told = isCoverage || (isInRun && isAnswered) ? newest : median;
  const { reference } = track;
  // One that comes back does not answer for another that goes.
  const others = notJudged.filter((chamber) => !track.notJudged?.includes(chamber));
  const more = told === null ? 0 : Math.max(told - reference, others.length);
  const grown = isGrown(reference, reference + more, isCoverage);
  const shrunk = median !== null && isGrown(median, reference);
  if (!grown && !shrunk) return;
  track.change = grown ? 'grown' : 'shrunk';
  track.changeAge = 0;
  const lost = grown ? told! : median!;
  track.reference = lost;
  if (isCoverage) track.notJudged = notJudged;
  applyHysteresis(track, { now: true });
  if (grown) {
    track.acknowledgedBy = null;
    track.knownBad = false;
  }
  const comment =
    more > lost - reference && others.length > 0
      ? `not judged beside those answered for: ${namesOf(others)}`
      : `from ${Math.round(reference)} to ${Math.round(lost)} ${isCoverage ? 'chambers' : 'wires'} lost`;
  recordChange(effects, track, run, track.change, { comment });
}

/** Chambers of whose layers the run says nothing. */
function chambersNotJudged({ blind }: RunFindings): string[] {
  return [...blind].flatMap(([chamber, layers]) =>
    layers.length === layersOf(parseChamber(chamber).station).length ? [chamber] : [],
  );
}

function namesOf(chambers: readonly string[]): string {
  const named = chambers.slice(0, 3).map((chamber) => chamberLabel(parseChamber(chamber)));
  return [...named, ...(chambers.length > 3 ? [`${chambers.length - 3} more`] : [])].join(', ');
}

/**
 * Whether a run has fewer judged chambers than the runs before: a fault of the whole detector, or of what stands between it and us. Of a
 * chamber that is not judged nothing is known, which is no sign of health.
 *
 * @returns null where the run says nothing of it: it may get more chambers, or there is nothing to compare it with; and what later runs
 * are compared with. Runs of a fall do not count there: else it would heal by lasting.
 */
export function coverageOf(
  { judged: before }: Pick<Ledger, 'judged'>,
  { judged }: Pick<RunFindings, 'judged'>,
): { findings: Finding[] | null; judged: number[] } {
  if (judged === null) return { findings: null, judged: before };
  const usual = [...before].sort((a, b) => a - b)[Math.floor((before.length - 1) / 2)];
  if (usual === undefined || judged >= usual)
    return { findings: [], judged: [...before, judged].slice(-rules.coverageRuns) };
  const finding: Finding = {
    kind: 'coverage',
    spans: [],
    extent: 'whole',
    confidence: 1,
    ratio: judged / usual,
    score: null,
    saliencyShare: null,
    missing: usual - judged,
    note: `${judged} chambers judged, ${usual} before`,
  };
  return { findings: [finding], judged: before };
}
