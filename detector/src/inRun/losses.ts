import { sum } from '@dtdqm/contract/numbers';
import { momentFrom, momentTo, type UnitChange } from './changes.ts';
import { addTo, hitsOf, noCounts, type Counts, type Layout } from './counts.ts';
import { creeping, poissonGain, whenOf, type Counted } from './likelihood.ts';
import { likeliestLoss, type Dispersions, type Loss } from './search.ts';
import type { Stretch } from './stretches.ts';
import { chamberUnit, fillIn, isChamber, levelWithout, placesOf, sumAt, type Unit } from './units.ts';

/**
 * Nats from which on a loss is told. In simulated days of 250 chambers without faults, looked at every 45 s, chance brings some unit beyond h nats about
 * 4e6 exp(-h) times a day: 17 leaves one in two days.
 */
export const lossLimit = 17;

/** Where something was lost, more at the same wires is believed with less: what one readout group or supply takes with it is told at once. */
const companionLimit = 11;

/** Most losses that are told of a chamber in a look: of more, it is better said that it is all different. */
const mostAtOnce = 12;

/** What a chamber's share of all hits may drift by (sd) in a run. */
const chamberDrift = 0.06;

/** Nats by which a slow decline must be likelier than a step, and looks that it must have taken. */
export const creepGain = 1.5;
export const creepLooks = 12;

/** Looks for losses until there is none, and fills each in, in the stretches: the next one is looked for in a chamber that has not lost it. */
export function findLosses(
  stretches: readonly Stretch[],
  layout: Layout,
  dispersions: Dispersions,
): UnitChange[] {
  const told: UnitChange[] = [];
  while (told.length < mostAtOnce) {
    const found =
      findOne(stretches, layout, dispersions, told) ?? chamberLoss(stretches, layout, dispersions);
    if (found === null) break;
    told.push(tell(stretches, layout, found));
  }
  return told;
}

interface Found {
  readonly loss: Loss;
  /** Index of the first stretch after it, as evidence has it. */
  readonly since: number;
}

function findOne(
  stretches: readonly Stretch[],
  layout: Layout,
  dispersions: Dispersions,
  told: readonly UnitChange[],
): Found | null {
  const limit = told.length > 0 ? companionLimit : lossLimit;
  const { width } = layout;
  const after = noCounts(width);
  // Summed up, not taken off the sum of all: what rounding leaves of nothing is no count, and anything is much beside it.
  const before = stretches.reduce(
    (sums, { counts }) => {
      const sum = sums.at(-1)!.slice();
      addTo(sum, counts);
      sums.push(sum);
      return sums;
    },
    [noCounts(width)],
  );
  const hours = hoursOf(stretches);
  let best: Found | null = null;
  for (let since = stretches.length - 1; since >= 1; since--) {
    addTo(after, stretches[since]!.counts);
    const loss = likeliestLoss(before[since]!, after, layout, dispersions, {
      most: mostHits(stretches, since),
      least: best?.loss.evidence ?? limit,
      hours,
    });
    if (loss !== null && loss.evidence > (best?.loss.evidence ?? limit)) best = { loss, since };
  }
  const isSure =
    best === null ||
    best.loss.evidence > lossLimit ||
    told.some(({ unit }) => isBeside(unit, best!.loss.unit));
  return isSure ? best : null;
}

/** From the first look to the newest. */
const hoursOf = (stretches: readonly Stretch[]) =>
  (stretches.at(-1)!.to[0] - stretches[0]!.to[0]) / 3_600_000;

/** At the same wires of another superlayer, or beside it in the same layers. */
function isBeside(a: Unit, b: Unit): boolean {
  if (a.columns === null || b.columns === null) return a.columns === b.columns;
  return a.columns[0] <= b.columns[1] + 1 && b.columns[0] <= a.columns[1] + 1;
}

/** Hits since over hits before that the rest of the run lets expect, and some more: noise in most of a chamber is no loss of the rest. */
function mostHits(stretches: readonly Stretch[], since: number): number {
  const [before, after] = exposures(stretches, since);
  return before > 0 ? (1.15 * (after + oneLook(stretches))) / before : Infinity;
}

/** Of all stretches before and since; 0 where nobody knows. */
function exposures(stretches: readonly Stretch[], since: number): [before: number, after: number] {
  if (stretches.some(({ exposure }) => exposure === null)) return [0, 0];
  const all = stretches.map(({ exposure }) => exposure!);
  return [sum(all.slice(0, since)), sum(all.slice(since))];
}

/** Chambers are fetched one after the other while the server goes on: one may lag behind the others by what a look brings. */
const oneLook = (stretches: readonly Stretch[]) =>
  Math.max(0, ...stretches.slice(1).map(({ exposure, looks }) => (exposure ?? 0) / looks));

/** All of a chamber, beside the others of the run: nothing in it tells. */
function chamberLoss(stretches: readonly Stretch[], layout: Layout, { boards }: Dispersions): Found | null {
  let best: Found | null = null;
  const hits = stretches.map(({ counts }) => hitsOf(counts));
  // Superlayers count the same muons.
  const dispersion = 2 * boards;
  for (let since = stretches.length - 1; since >= 1; since--) {
    const [before, after] = exposures(stretches, since);
    const held = sum(hits.slice(0, since));
    const found = sum(hits.slice(since));
    if (before <= 0 || held <= 0) continue;
    const expected = (held / before) * after;
    const atLeast = (held / before) * (after - oneLook(stretches));
    if (found >= atLeast) continue;
    const evidence =
      poissonGain(found, atLeast) / (dispersion * (1 + after / before) + chamberDrift ** 2 * atLeast);
    if (evidence > lossLimit && evidence > (best?.loss.evidence ?? 0)) {
      best = { since, loss: { unit: chamberUnit(layout), evidence, found, expected, dispersion } };
    }
  }
  return best;
}

/** When it happened and how, and fills it in from then on. */
function tell(stretches: readonly Stretch[], layout: Layout, { loss, since }: Found): UnitChange {
  const { unit, dispersion } = loss;
  const series = seriesOf(stretches, since, unit, layout);
  const looks = stretches.map((stretch) => stretch.looks);
  const when = whenOf(series, looks, 1, loss, dispersion);
  const creep = creeping(series, looks);
  const isCreeping = creep.gain > creepGain * dispersion && sum(looks.slice(creep.first)) >= creepLooks;
  const first = Math.max(1, isCreeping ? creep.first : when.from.index);
  const past = stretches.slice(0, first);
  const usual = sumOfCounts(past, layout);
  for (const stretch of stretches.slice(first)) {
    stretch.packed = undefined;
    fillIn(stretch.counts, unit, layout, usual, levelBeside(stretch, past, unit, layout));
  }
  const { found, expected } = isCreeping ? newest(series) : loss;
  return {
    kind: isCreeping ? 'sink' : 'trip',
    unit,
    from: isCreeping ? stretches[creep.first]!.from : momentFrom(stretches, when.from),
    to: isCreeping ? stretches.at(-1)!.to : momentTo(stretches, when.to),
    found,
    expected,
    dispersion,
  };
}

/** What the unit counted in each stretch, and what its share before `since` lets expect. */
function seriesOf(stretches: readonly Stretch[], since: number, unit: Unit, layout: Layout): Counted[] {
  const past = stretches.slice(0, since);
  const places = placesOf(unit, layout);
  const before = sumAt(sumOfCounts(past, layout), places);
  return stretches.map((stretch) => ({
    found: sumAt(stretch.counts, places),
    expected: before * levelBeside(stretch, past, unit, layout),
  }));
}

/** Hits enough to tell how much is left by now of what sinks. */
const hitsOfNewest = 50;
function newest(series: readonly Counted[]): Counted {
  let [found, expected] = [0, 0];
  for (let index = series.length - 1; index > 0 && expected < hitsOfNewest; index--) {
    found += series[index]!.found;
    expected += series[index]!.expected;
  }
  return { found, expected };
}

function sumOfCounts(stretches: readonly Stretch[], layout: Layout): Counts {
  const total = noCounts(layout.width);
  for (const { counts } of stretches) addTo(total, counts);
  return total;
}

/** Hits in a stretch over those of the past, as all tell that are not of the unit: other columns of its superlayer, other half layers, the run. */
function levelBeside(stretch: Stretch, past: readonly Stretch[], unit: Unit, layout: Layout): number {
  if (isChamber(unit, layout))
    return (stretch.exposure ?? 0) / sum(past.map(({ exposure }) => exposure ?? 0));
  return levelWithout(stretch.counts, sumOfCounts(past, layout), [unit], unit, layout) ?? 0;
}
