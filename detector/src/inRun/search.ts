import { layersPerSuperlayer, superlayers } from '@dtdqm/contract';
import { median } from '@dtdqm/contract/numbers';
import { columnOf, halfOf, halves, type Counts, type Layout } from './counts.ts';
import { shareGain } from './likelihood.ts';
import { isBoard, sumAt, unitsOf, type Unit } from './units.ts';

/** Variance over mean: of counts of layers (hits that are counted several times), and of all layers together, which share muons. */
export interface Dispersions {
  readonly layers: number;
  readonly boards: number;
}

export interface Loss {
  readonly unit: Unit;
  /** Nats for it, counts in lumps and what shares drift by taken off. */
  readonly evidence: number;
  readonly found: number;
  readonly expected: number;
  readonly dispersion: number;
}

/**
 * What shares of the chamber's hits may drift by (sd) without any loss in a run of 18 hours, as luminosity and background change: of a layer, of the
 * columns of a board within their superlayer, of a superlayer.
 */
const drift = { layer: 0.03, board: 0.04, superlayer: 0.05 };
const driftHours = 18;

/**
 * Shares wander: the variance between the means of two times that meet grows with the hours that both take, and is a third of what it is between
 * their ends. Never less than after two hours, as beams settle. So a loss of less than 6 % is never told as one, of less than 17 % in the longest
 * runs, however many hits say so.
 */
const wanderIn = (hours: number) => Math.sqrt(Math.min(1, Math.max(2, hours) / driftHours));

/** Columns that a front-end board of 16 channels reads, and at most that it may be seen in (it stands askew, or several are dead). */
const boardColumns = 4;
const widestBoard = 40;

/** A share that is greater than that of its siblings by more is no share to hold it to: a wire that was noisy and is not is no loss. */
const mostOverSiblings = { half: 1.1, column: 1.3 };

/** How much a loss must have. */
export interface Bar {
  /** Hits since over hits before that the rest of the run lets expect at most; infinite where only the chamber itself tells. */
  readonly most: number;
  /** Nats that it must have. */
  readonly least: number;
  /** That both times take together. */
  readonly hours: number;
}

/** The loss that is likeliest, of all units, between two times. */
export function likeliestLoss(
  before: Counts,
  after: Counts,
  layout: Layout,
  dispersions: Dispersions,
  { most, least, hours }: Bar,
): Loss | null {
  let best: Loss | null = null;
  const wander = wanderIn(hours);
  const { hot, others } = othersOf(before, after, 0, halves, dispersions.layers, 4);
  const { layers, superlayers: whole } = unitsOf(layout);
  for (const [units, dispersion, own] of [
    [layers, dispersions.layers, drift.layer],
    [whole, dispersions.boards, drift.superlayer],
  ] as const) {
    const limits = { lumps: dispersions.layers, dispersion, drift: wander * own, most, least };
    for (const { unit, halves: places } of units) {
      if (hot.size > 0 && places.some((half) => hot.has(half))) continue;
      const was = sumAt(before, places);
      const is = sumAt(after, places);
      if (!mayBeLoss(was, is, others, limits)) continue;
      best = likelier(best, weigh(unit, was, heldTo(before, places, layout), is, others, limits));
    }
  }
  for (const [superlayer] of superlayers.entries()) {
    best = likelier(
      best,
      likeliestBoard(before, after, layout, superlayer, {
        lumps: dispersions.layers,
        dispersion: dispersions.boards,
        drift: wander * drift.board,
        most,
        least,
      }),
    );
  }
  return best;
}

/** Nats that it costs to say that a part of a layer lost hits and not all of it, or layers and not their superlayer. */
const perPart = 3;
const simplicityOf = ({ unit }: Loss) =>
  unit.columns === null ? (unit.rows.length > 1 ? 2 * perPart : perPart) : unit.rows.length > 1 ? perPart : 0;

const likelier = (a: Loss | null, b: Loss | null) =>
  a === null || (b !== null && b.evidence + simplicityOf(b) > a.evidence + simplicityOf(a)) ? b : a;

interface Others {
  readonly before: number;
  readonly after: number;
}
interface Limits {
  /** Variance over mean of a single wire. */
  readonly lumps: number;
  readonly dispersion: number;
  readonly drift: number;
  readonly most: number;
  readonly least: number;
}

/** Whether the likelihood ratio may be great enough, by a bound that needs no logarithm: n ln(n/e) - n + e is at most (e - n)^2 / e. */
function mayBeLoss(was: number, is: number, others: Others, limits: Limits): boolean {
  const rest = others.before - was;
  if (rest <= 0 || was <= 0) return false;
  const expected = (was / rest) * (others.after - is);
  const most = (expected - is) ** 2 / expected;
  if (is >= expected || most <= limits.least) return false;
  return (
    most >
    limits.least * spreadOf(expected, expected / was, dispersionAt(limits, is / expected), limits.drift)
  );
}

/** Variance over mean of a share's hits; what the share before is not known better than counts as counting does (`level`: since over before). */
const spreadOf = (expected: number, level: number, dispersion: number, own: number) =>
  dispersion + (own ** 2 * expected) / (1 + level);

/**
 * Dispersion for a loss that leaves `ratio` of the hits: of muons that cross four layers in a share s of the hits, counts of four columns vary by
 * 1 + 2.75 s, as layers are staggered by half a cell; but that all are missing is as unlikely as that there were no muons and no single hits, of
 * which there are 1 - 0.72 s for each hit. In between by the large deviations of such counts, within 3 %.
 */
function dispersionAt({ dispersion, lumps }: Limits, ratio: number): number {
  const shared = Math.min(1, (dispersion / lumps - 1) / 2.75);
  const ofNone = dispersion / (1 + 2.75 * shared) / (1 - 0.72 * shared);
  return ofNone + (dispersion - ofNone) * Math.min(1, ratio) ** 0.6;
}

/** Nats that the place of a board costs: there are five times as many as all other units. */
const perPlace = 2;

/** @param held what is taken for its hits before, at most all of them. */
function weigh(
  unit: Unit,
  was: number,
  held: number,
  is: number,
  others: Others,
  limits: Limits,
): Loss | null {
  const { drift: own, most } = limits;
  const rest = others.before - was;
  const restNow = Math.min(others.after - is, most * rest);
  const { gain, expected } = shareGain(held, rest, is, restNow);
  if (expected <= is) return null;
  const dispersion = dispersionAt(limits, is / expected);
  const spread = spreadOf(expected, expected / held, dispersion, own);
  return {
    unit,
    evidence: gain / spread - (isBoard(unit) ? perPlace : 0),
    found: is,
    expected,
    dispersion: dispersion * (1 + expected / held),
  };
}

/** Hits of these half layers, of none more than what its siblings had on the same side, and some more. */
function heldTo(before: Counts, places: readonly number[], layout: Layout): number {
  let sum = 0;
  for (const half of places) {
    const siblings = unitsOf(layout)
      .rows[Math.floor(half / (2 * layersPerSuperlayer))]!.map((row) => halfOf(row, (half % 2) as 0 | 1))
      .filter((other) => other !== half)
      .map((other) => before[other]!);
    const most = siblings.length === 0 ? Infinity : Math.max(1, mostOverSiblings.half * median(siblings));
    sum += Math.min(before[half]!, most);
  }
  return sum;
}

/** The columns of a superlayer, in which boards are looked for. */
interface Columns {
  readonly before: Counts;
  readonly after: Counts;
  readonly rows: readonly number[];
  /** Of the first one, in `Counts`, and how many there are. */
  readonly start: number;
  readonly width: number;
  readonly hot: ReadonlySet<number>;
  readonly others: Others;
}

function likeliestBoard(
  before: Counts,
  after: Counts,
  layout: Layout,
  superlayer: number,
  limits: Limits,
): Loss | null {
  const rows = unitsOf(layout).rows[superlayer]!;
  if (rows.length < 2) return null;
  const start = columnOf(superlayer, 0, layout.width);
  const width = unitsOf(layout).widths[superlayer]!;
  const { hot, others } = othersOf(before, after, start, start + width, limits.dispersion, 6);
  const columns = { before, after, rows, start, width, hot, others };
  const level = others.before > 0 ? others.after / others.before : 0;
  const isAnyHot = hot.size > 0;
  let best: Loss | null = null;
  // Sums of four columns that move on by one: rounding may be left in them, so that they only say which to look at.
  let [was, is] = [0, 0];
  for (let place = start; place < start + width; place++) {
    if (!isAnyHot || !hot.has(place)) {
      was += before[place]!;
      is += after[place]!;
    }
    const first = place + 1 - boardColumns;
    if (first < start) continue;
    // Most lack nothing. What is expected beside the rest of the columns is at most half as much again, unless there is hardly a rest.
    const lacks = 1.5 * level * was - is;
    if (3 * was >= others.before || (lacks > 0 && lacks * lacks > limits.least * level * was))
      best = likelier(best, lossIn(columns, limits, first - start, place - start));
    if (isAnyHot && hot.has(first)) continue;
    was -= before[first]!;
    is -= after[first]!;
  }
  return best && widened(best, columns, limits);
}

/** Of some columns, both included; null where nothing is lost, or there are none. */
function lossIn(columns: Columns, limits: Limits, first: number, last: number): Loss | null {
  const { before, after, rows, start, width, hot, others } = columns;
  if (first < 0 || last >= width) return null;
  let was = 0;
  let is = 0;
  for (let place = start + first; place <= start + last; place++) {
    if (hot.size > 0 && hot.has(place)) continue;
    was += before[place]!;
    is += after[place]!;
  }
  if (!mayBeLoss(was, is, others, limits)) return null;
  const around = before.slice(start + Math.max(0, first - 4), start + Math.min(width, last + 5));
  const usual = Math.max(1, mostOverSiblings.column * median(around));
  let held = 0;
  for (let place = start + first; place <= start + last; place++) {
    if (!hot.has(place)) held += Math.min(before[place]!, usual);
  }
  return weigh({ rows, columns: [first, last] }, was, held, is, others, limits);
}

/** Neighbouring columns that lack hits, too, as long as that makes it likelier. */
function widened(loss: Loss, columns: Columns, limits: Limits): Loss {
  for (let best = loss; ;) {
    const [first, last] = best.unit.columns!;
    const wider = likelier(
      lossIn(columns, limits, first - 1, last),
      lossIn(columns, limits, first, last + 1),
    );
    if (wider === null || wider.evidence < best.evidence + 0.5 || last - first + 2 > widestBoard) return best;
    best = wider;
  }
}

/**
 * Hits of all places but those that rose far beyond the others: noise says nothing of how many hits there were to count. None is left out when they
 * are many.
 */
export function othersOf(
  before: Counts,
  after: Counts,
  start: number,
  end: number,
  dispersion: number,
  most: number,
): { hot: ReadonlySet<number>; others: Others } {
  const hot = new Set<number>();
  for (let all: Others | null = null; ;) {
    let was = 0;
    let is = 0;
    for (let place = start; place < end; place++) {
      if (hot.size > 0 && hot.has(place)) continue;
      was += before[place]!;
      is += after[place]!;
    }
    const others = { before: was, after: is };
    all ??= others;
    const found = hot.size;
    const level = is / was;
    for (let place = start; was > 0 && place < end; place++) {
      // Most places need no square root.
      if (after[place]! <= 1.2 * level * before[place]! + 4 || hot.has(place)) continue;
      if (isHot(after[place]!, level * before[place]!, level, dispersion)) hot.add(place);
    }
    if (hot.size > most) return { hot: new Set(), others: all };
    if (hot.size === found) return { hot, others };
  }
}

/** By a fifth and by four standard deviations, those of what is expected from few hits included. */
function isHot(found: number, expected: number, level: number, dispersion: number): boolean {
  return found > 1.2 * expected + 4 * Math.sqrt(dispersion * (1 + level) * (expected + 1 + level));
}
