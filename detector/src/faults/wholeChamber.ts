import { layersOf, noScore, type ChamberId, type Fault, type Verdict } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { chamberLevel, hitsAtLevel } from '../features/levels.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { Judgement } from '../preprocessing/preprocessing.ts';
import type { WholeExpectation } from '../run/expectWhole.ts';
import { chamberBelow, localGain } from './healthyBaseline.ts';
import type { Group } from './lackingWires.ts';

/** A chamber with less than this share of what is expected of it is sick as a whole ... */
const mostShare = 0.5;
/** ... if that is so many standard deviations off, by what chambers differ and by what counting allows. */
const deviations = 4;
/** Up to this share it is dead, as a layer is: dead chambers keep noise hits. Beyond, it is weak. */
const deadUpTo = 0.1;

/** P(bad) of the layers of a chamber that is bad as a whole, and least of one that is silent for an unknown reason. */
const surelyBad = 0.99;
const perhapsBad = 0.5;

/**
 * Judges a chamber as a whole by what others let expect of it: dead or weak, all its layers are bad. One without any hit of which nobody
 * can tell is unknown.
 *
 * @param scores of its layers, by the network, which sees the chamber alone.
 * @returns undefined when its layers are to be judged one by one.
 */
export function judgeWhole(chamber: ChamberWires, scores: readonly number[]): Judgement | undefined {
  const found = hitsIn(chamber);
  const lack = greatestLack(chamber);
  if (lack) return judgement(chamber, scores, 'bad', surelyBad, faultOf(chamber, found, lack));
  if (found > 0) return undefined;
  return judgement(chamber, scores, 'unknown', perhapsBad, {
    kind: 'low-statistics',
    confidence: 1,
    note: `no hit in the whole chamber; ${tellExpectation(chamber)}`,
  });
}

interface Lack {
  readonly expectation: WholeExpectation;
  /** Of the expected hits that are found. */
  readonly share: number;
  /** By which that is less than it may be. */
  readonly deviations: number;
}

function greatestLack(chamber: ChamberWires): Lack | undefined {
  const level = chamberLevel(chamber.chamber, chamber.layers);
  let greatest: Lack | undefined;
  for (const expectation of chamber.expected ?? []) {
    if (expectation.level <= 0) continue;
    const share = level / expectation.level;
    const allowed = Math.min(mostShare, Math.exp(-deviations * expectation.spread));
    // A muon is counted by all layers: what one of them counts is what there is to be counted.
    const perLayer =
      hitsAtLevel(chamber.chamber, chamber.layers, expectation.level) /
      layersOf(chamber.chamber.station).length;
    const below = ((allowed - share) * perLayer) / Math.sqrt(allowed * perLayer + 1);
    if (below >= deviations && below > (greatest?.deviations ?? 0)) {
      greatest = { expectation, share, deviations: below };
    }
  }
  return greatest;
}

function faultOf(
  { chamber, layers }: ChamberWires,
  found: number,
  { expectation, share, deviations }: Lack,
): Pick<Fault, 'kind' | 'confidence' | 'ratio' | 'note'> {
  const wanted = hitsAtLevel(chamber, layers, expectation.level);
  return {
    kind: share <= deadUpTo ? 'dead-chamber' : 'weak-chamber',
    confidence: Math.min(surelyBad, round(1 - Math.exp(-deviations / 2))),
    ratio: round(share),
    note: `the whole chamber: ${count(found)} hits where ${count(wanted)} are expected from ${source(chamber, expectation)}`,
  };
}

/** For people: how many hits are expected of the chamber, or that nobody knows. */
export function tellExpectation({ chamber, layers, expected = [] }: ChamberWires): string {
  const [expectation] = expected;
  if (!expectation) {
    return 'too few other chambers of the run are known to say how many to expect, so that it may as well be dead';
  }
  const wanted = hitsAtLevel(chamber, layers, expectation.level);
  return `${count(wanted)} are expected of the chamber from ${source(chamber, expectation)}`;
}

function source({ station }: ChamberId, { from, count }: WholeExpectation): string {
  return from === 'past'
    ? `its share in ${count} good ${count === 1 ? 'run' : 'runs'} before`
    : `${count} other chambers of station ${station} in this run`;
}

function judgement(
  { chamber }: ChamberWires,
  scores: readonly number[],
  verdict: Verdict,
  least: number,
  fault: Pick<Fault, 'kind' | 'confidence' | 'ratio' | 'note'>,
): Judgement {
  const isLayer = (row: number) => scores[row] !== noScore;
  return {
    scores: scores.map((score, row) => (isLayer(row) ? Math.max(score, least) : noScore)),
    verdicts: scores.map((_, row) => (isLayer(row) ? verdict : null)),
    faults: [
      { ...fault, layers: layersOf(chamber.station).filter((layer) => isLayer(layer - 1)), wires: null },
    ],
  };
}

/** Runs drift: where one alone tells that a chamber has sunk, so many layers must be bad for it. */
const leastByOneRun = 3;

/** A chamber that has sunk below its past as a whole by less than makes it sick at once, so that its layers are judged one by one. */
export interface SunkChamber {
  readonly rows: readonly { readonly row: number }[];
  /** What single layers and superlayers lack beyond that. */
  readonly apart: readonly Group[];
  readonly fault: Pick<Fault, 'kind' | 'layers' | 'wires' | 'ratio' | 'note'>;
}

/**
 * A chamber that counts less than the length of the run lets expect, with bad layers that lack nothing beyond what all others lack: it is
 * the chamber that is weak, all of it. Undefined where that is not known, or every bad layer has a fault of its own.
 *
 * @param bad rows of the layers called bad.
 * @param groups what they lack at the level of this run.
 */
export function sunkChamber(
  { chamber, history, superlayers }: ChamberView,
  bad: readonly number[],
  groups: readonly Group[],
): SunkChamber | undefined {
  if (history?.level === undefined || history.level > chamberBelow) return undefined;
  const apart = groups.filter((group) => sumOf(group, ({ gain }) => gain) >= localGain);
  const unexplained = bad.filter((row) => !apart.some((group) => group.some((own) => own.row === row)));
  if (unexplained.length < (history.runs === 1 ? leastByOneRun : 1)) return undefined;
  const layers = layersOf(chamber.station).filter((layer) => superlayers[(layer - 1) >> 2]);
  const share = Math.exp(history.level);
  return {
    rows: layers.map((layer) => ({ row: layer - 1 })),
    apart,
    fault: {
      kind: 'weak-chamber',
      layers,
      wires: null,
      ratio: round(share),
      note: `the whole chamber: ${Math.round(100 * share)} % of its share in ${history.runs} good ${history.runs === 1 ? 'run' : 'runs'} before`,
    },
  };
}

function hitsIn({ layers }: ChamberWires): number {
  return sumOf(layers, (hits) => (hits ? sum(hits) : 0));
}

function count(hits: number): string {
  return (hits < 10 ? Math.round(hits * 10) / 10 : Math.round(hits)).toLocaleString('en-US');
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
