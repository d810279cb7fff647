import { isDeepStrictEqual } from 'node:util';
import { type Matrix, type RunMoment, layersPerSuperlayer } from '@dtdqm/contract';
import { mergeChanges, type UnitChange, type WatchChange } from './changes.ts';
import {
  addTo,
  countsOf,
  halves,
  layoutOf,
  noCounts,
  wiresOfRows,
  type Counts,
  type Layout,
  type WiresOfRows,
  halfOf,
} from './counts.ts';
import { findLosses } from './losses.ts';
import { asFlicker, judgeLost, lossOf, noteLook, type Gone, type Lost } from './lost.ts';
import { addScatter, dispersionsOf, usualScatter, type Scatter } from './scatter.ts';
import { othersOf, type Dispersions } from './search.ts';
import {
  joinAll,
  joinOld,
  readStretches,
  storeMoment,
  storeStretches,
  type StoredStretch,
  type Stretch,
  ratesOf,
} from './stretches.ts';
import {
  fillIn,
  isChamber,
  levelWithout,
  placesOf,
  sumAt,
  superlayerOf,
  type Unit,
  unitsOf,
} from './units.ts';
import { median, sumOf } from '@dtdqm/contract/numbers';

/**
 * What is remembered of a chamber while a run is taken: what it counted, in a few stretches of time, what it has lost and how its counts
 * scatter. Plain JSON, about 6 kB.
 */
export interface Watch {
  readonly wires: WiresOfRows | null;
  readonly stretches: readonly StoredStretch[];
  readonly lost: readonly Lost[];
  readonly gone: readonly Gone[];
  readonly scatter: Scatter;
}

export const newWatch = (): Watch => ({
  wires: null,
  stretches: [],
  lost: [],
  gone: [],
  scatter: usualScatter,
});

/** What a chamber counted between two looks at the run, too thin for a verdict or not. */
export interface Look {
  readonly from: RunMoment | null;
  readonly to: RunMoment;
  /** Hits by layer and wire, -1 where there is no wire; nothing below. */
  readonly counts: Matrix;
  /**
   * How many hits the run gave all chambers to count, in any unit that stays the same throughout the run, see `exposureOf`; null or
   * absent when nobody knows. Without it a chamber that loses all its hits cannot be told from a beam that is gone.
   */
  readonly exposure?: number | null;
}

/**
 * Takes in one look, and tells what has changed in the chamber.
 *
 * Each half layer, layer, board and superlayer is compared with what its share of the chamber's hits before lets expect of the hits of the rest
 * of the chamber since, over the newest look, the newest two, and so on (a generalised likelihood ratio: Siegmund and Venkatraman 1995).
 * Only shares count, so that luminosity may do what it likes. What was told lost is filled in from then on: nothing learns it as normal,
 * and it is told once.
 */
export function watchLook(watch: Watch, look: Look): { watch: Watch; changes: WatchChange[] } {
  const wires = wiresOfRows(look.counts);
  if (watch.wires === null || !isDeepStrictEqual(watch.wires, wires)) watch = { ...newWatch(), wires };
  const layout = layoutOf(wires);
  const [from, to] = [look.from && storeMoment(look.from), storeMoment(look.to)];
  const stretches = readStretches(watch.stretches, layout);
  const before = noCounts(layout.width);
  for (const { counts } of stretches) addTo(before, counts);
  const counts = countsOf(look.counts, layout);
  const exposure = look.exposure ?? null;
  const known = knownExposure(stretches);
  const skip = new Set(watch.lost.flatMap(({ rows }) => rows.map(superlayerOf)));
  const scatter = addScatter(watch.scatter, look.counts, before, counts, layout, skip);
  const dispersions = dispersionsOf(scatter);

  const expectedOf = (unit: Unit): number | null => {
    const places = placesOf(unit, layout);
    if (isChamber(unit, layout))
      return exposure === null || known === null ? null : (exposure / known) * sumAt(before, places);
    const level = levelWithout(counts, before, watch.lost, unit, layout);
    return level === null ? null : level * sumAt(before, places);
  };
  let lost = watch.lost.map((unit) => {
    const expected = expectedOf(unit);
    if (expected === null) return unit;
    return noteLook(unit, {
      from,
      to,
      found: sumAt(counts, placesOf(unit, layout)),
      expected,
    });
  });
  const healthy = fillLost(
    counts,
    before,
    watch.lost,
    layout,
    exposure === null || known === null ? null : exposure / known,
  );
  fillHot(healthy, before, dispersions.layers);
  stretches.push({ from, to, looks: 1, exposure, counts: healthy });

  const told: UnitChange[] = [];
  let { gone } = watch;
  const tell = (change: UnitChange) => {
    const flickering = asFlicker(change, gone);
    gone = flickering.gone;
    if (flickering.change !== null) told.push(flickering.change);
  };
  lost = lost.flatMap((unit) => {
    const judged = judgeLost(unit);
    if (judged.change !== null) tell(judged.change);
    return judged.lost === null ? [] : [judged.lost];
  });
  lost.push(...findDeadFromStart(stretches, layout, lost, dispersions));
  for (const loss of findLosses(stretches, layout, dispersions)) {
    tell(loss);
    lost.push(lossOf(loss));
  }
  joinOld(stretches);
  return {
    watch: { wires, stretches: storeStretches(stretches, layout), lost, gone, scatter },
    changes: mergeChanges(told, look.to),
  };
}

/**
 * For a gap between two looks: the counts fell back, or the source was away. Shares that were learned stay, and what is lost stays lost, but
 * no sum spans the gap.
 */
export function rebaseWatch(watch: Watch): Watch {
  if (watch.wires === null) return watch;
  const layout = layoutOf(watch.wires);
  const stretches = readStretches(watch.stretches, layout);
  joinAll(stretches);
  return {
    ...watch,
    stretches: storeStretches(stretches, layout),
    lost: watch.lost.map((unit) => ({ ...unit, since: [] })),
  };
}

function knownExposure(stretches: readonly { exposure: number | null }[]): number | null {
  let known = 0;
  for (const { exposure } of stretches) {
    if (exposure === null) return null;
    known += exposure;
  }
  return known > 0 ? known : null;
}

/** The counts with what is lost filled in: boards first, as half layers go by all their wires. */
function fillLost(
  counts: Counts,
  before: Counts,
  lost: readonly Unit[],
  layout: Layout,
  ofRun: number | null,
): Counts {
  const healthy = counts.slice();
  const levels = lost.map((unit) =>
    isChamber(unit, layout) ? ofRun : levelWithout(counts, before, lost, unit, layout),
  );
  for (const isWide of [false, true]) {
    lost.forEach((unit, index) => {
      if ((unit.columns === null || unit.rows.length === 1) !== isWide) return;
      fillIn(healthy, unit, layout, before, levels[index] ?? 0);
    });
  }
  return healthy;
}

/** Half layers of a chamber that may be noisy at once: of more, nobody knows what is noise. */
const mostHot = 8;
/** Hits before, from which on it is known what a half layer counts: one that had none in the first look by chance is not noisy ever after. */
const leastKnown = 20;

/** Noise of a wire is not learned as what it counts, or its end would be a loss. What it would count without is told by those that have none. */
function fillHot(counts: Counts, before: Counts, dispersion: number): void {
  const { hot, others } = othersOf(before, counts, 0, halves, dispersion, mostHot);
  for (const half of hot) {
    if (before[half]! >= leastKnown) counts[half] = (others.after / others.before) * before[half]!;
  }
}

/** Hits that the siblings must let expect of a unit, and share of them below which it is dead: what died later has counted more, and is told. */
const leastExpected = 60;
const deadBelow = 0.1;

/**
 * Layers and half layers that have counted next to nothing since the run began, beside their siblings. It is not told, as it did not happen in the
 * run; but they are filled in by what the siblings counted, so that it is seen when they come back.
 */
function findDeadFromStart(
  stretches: readonly Stretch[],
  layout: Layout,
  known: readonly Unit[],
  dispersions: Dispersions,
): Lost[] {
  const total = noCounts(layout.width);
  for (const { counts } of stretches) addTo(total, counts);
  const dead: Lost[] = [];
  for (const { unit, halves } of unitsOf(layout).layers) {
    if ([...known, ...dead].some(({ rows }) => rows.includes(unit.rows[0]!))) continue;
    const found = sumAt(total, halves);
    const expected = sumOf(halves, (half) => ofSiblings(total, half, layout));
    if (!(expected >= leastExpected && found < deadBelow * expected)) continue;
    const usual = total.slice();
    for (const half of halves) usual[half] = ofSiblings(total, half, layout);
    for (const stretch of stretches) {
      const level = sumOf(halves, (half) => ofSiblings(stretch.counts, half, layout)) / expected;
      fillIn(stretch.counts, unit, layout, usual, level);
      stretch.packed = undefined;
    }
    const dispersion = 1.5 * dispersions.layers;
    dead.push({ ...unit, kind: 'trip', ratio: found / expected, isSettled: true, dispersion, since: [] });
  }
  return dead;
}

/** Median of what the siblings of a half layer counted on the same side; 0 without siblings. */
function ofSiblings(counts: Counts, half: number, layout: Layout): number {
  const row = half >> 1;
  const siblings = unitsOf(layout).rows[Math.floor(row / layersPerSuperlayer)]!.filter(
    (other) => other !== row,
  );
  return siblings.length === 0
    ? 0
    : median(siblings.map((other) => counts[halfOf(other, (half % 2) as 0 | 1)]!));
}

/** Hits that tell the rate of a chamber well enough for a median, and chambers that tell that of a run. */
const leastHits = 50;
const leastChambers = 10;

/**
 * What a look at a run gave all chambers to count, as `exposure` of a look: hits over the rate of each chamber so far, the median of all, so that
 * neither noise nor what is lost in less than half of them counts. The unit is the first look with hits.
 *
 * @param chambers of the look, with their watches before it; each has counted since the look before.
 * @returns 0 without beam; null when too few chambers tell.
 */
export function exposureOf(
  chambers: readonly { readonly watch: Watch; readonly hits: number }[],
): number | null {
  if (chambers.length < leastChambers) return null;
  const before = chambers.flatMap(({ watch, hits }) => {
    const known = ratesOf(watch.stretches);
    return known === null || known.hits === 0 ? [] : [{ ...known, now: hits }];
  });
  if (before.length < leastChambers) return median(chambers.map(({ hits }) => hits)) > 0 ? 1 : 0;
  const sure = before.filter(({ hits }) => hits >= leastHits);
  if (sure.length >= before.length / 2)
    return median(sure.map(({ hits, exposure, now }) => now / (hits / exposure)));
  return sumOf(before, ({ now }) => now) / sumOf(before, ({ hits, exposure }) => hits / exposure);
}
