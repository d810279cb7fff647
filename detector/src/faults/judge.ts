import { noScore, type Fault, type Verdict, rowsPerChamber } from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { isScattered } from '../features/dispersion.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import type { Judgement, JudgeOptions, Thresholds, LayerSamples } from '../preprocessing/preprocessing.ts';
import type { LackingLayer } from './lackingWires.ts';
import { nameGroup } from './naming.ts';
import { ownFindings } from './ownFindings.ts';
import { scatteredDead } from './scatteredDead.ts';
import { isBeyondTolerance } from './tolerated.ts';
import { sunkChamber } from './wholeChamber.ts';

/**
 * Hits to be expected of a layer, below which nothing of it is told: where counts come in lumps of three, as they do in some chambers,
 * twenty are seven independent ones, and none of those by chance is one in a thousand.
 */
const leastOfLayer = 20;

/** P(bad) of layers whose wires are surely mixed up: no network that weighs what lacks can say so. */
const mixedUpScore = 0.999;

/**
 * Turns the scores of a chamber into verdicts and named faults.
 *
 * A layer is bad from `thresholds.bad` on, or from `thresholds.badWithPast` (`badWithOneRun`) on where there are good runs before. Where fewer than `thresholds.unknownBelowHits` hits per wire are expected of it, it
 * is bad from `thresholds.badWhenFewHits` on only, and never below {@link leastOfLayer}, and otherwise unknown. All others are good. What
 * is expected here is told by the chamber itself: whether it is dead or weak as a whole is told before, by `judgeWhole`.
 *
 * Layers whose wires are mixed up are bad, whatever the network says, who is told of what lacks. Layers that count too much, as a whole or
 * somewhere, that have dead wires here and there or count unevenly are listed, and bad only from the limit on that labels taught
 * (`toleranceNames`); what counts too much also where `hotIsBad` says so.
 *
 * @param expectation for people: what others let expect of the chamber.
 */
export function judgeChamber(
  view: ChamberView,
  scores: readonly number[],
  thresholds: Thresholds,
  expectation?: string,
  options: JudgeOptions = {},
): Judgement {
  const verdicts: (Verdict | null)[] = scores.map(() => null);
  const judged = [...scores];
  const faults: Fault[] = [];
  const bad: LackingLayer[] = [];
  const thin: number[] = [];
  const least = thresholds.unknownBelowHits ?? 0;
  const enough = limitFor(view, thresholds);
  let hitsPerWire = 0;
  const findings = ownFindings(view);
  // Siblings that lack hits tell a shape that no healthy layer has; copies are told without them.
  const mixedUp = findings.mapping.filter(({ layers: [layer, copy] }) => {
    const own = layer! - 1;
    return (
      copy !== undefined ||
      !scores.some((score, row) => row >> 2 === own >> 2 && row !== own && score >= enough)
    );
  });
  for (const { layers, confidence } of mixedUp) {
    for (const layer of layers) judged[layer - 1] = Math.max(judged[layer - 1]!, confidence * mixedUpScore);
  }
  for (let row = 0; row < scores.length; row++) {
    if (scores[row] === noScore) continue;
    const { hits, expectedHits, perWire, ...own } = findings.ofLayer(row);
    const few = perWire < least;
    const limit = few ? (thresholds.badWhenFewHits ?? enough) : enough;
    if (judged[row]! >= limit && !(few && expectedHits < leastOfLayer)) {
      verdicts[row] = 'bad';
      if (mixedUp.some(({ layers }) => layers.includes(row + 1))) continue;
      // A model that was taught so calls what is hot bad, which lacks nothing that others could share.
      const excess = few ? undefined : own.excess();
      if (excess?.kind === 'hot-layer') faults.push(excess);
      else bad.push({ row, hits });
      continue;
    }
    verdicts[row] = few ? 'unknown' : 'good';
    if (few) {
      thin.push(row + 1);
      hitsPerWire = Math.max(hitsPerWire, perWire);
    } else {
      const excess = own.excess();
      const fault = excess ?? own.scattered();
      if (fault) faults.push(fault);
      const shared = findings.shared.find(({ layers }) => layers.includes(row + 1));
      const isTaught = [fault, shared].some((found) => found && isBeyondTolerance(found, thresholds));
      if (((excess ?? shared) && options.hotIsBad) || isTaught) verdicts[row] = 'bad';
      if (isTaught) judged[row] = Math.max(judged[row]!, enough);
      if (excess) continue;
    }
    faults.push(...own.singleCells());
  }
  const scattered = bad.flatMap((layer) => scatteredDead(view, layer, judged[layer.row]!) ?? []);
  const inScattered = new Set(scattered.flatMap(({ layers }) => layers));
  faults.unshift(...mixedUp, ...findings.shared, ...scattered);
  const lacking = bad.filter(({ row }) => !inScattered.has(row + 1));
  const inPlaces = new Set<number>();
  // What is one fault is bad in all its layers, as bad as those are that the network is sure of.
  const callBad = (rows: readonly { readonly row: number }[]) => {
    const sure = rows.filter(({ row }) => verdicts[row] === 'bad');
    for (const { row } of rows) {
      inPlaces.add(row + 1);
      // Of few hits nothing is told by others, either.
      if (verdicts[row] === 'unknown') continue;
      verdicts[row] = 'bad';
      judged[row] = Math.max(judged[row]!, enough);
    }
    return mean(sure.map(({ row }) => judged[row]!));
  };
  const groups = findings.lackingIn(lacking);
  const sunk = sunkChamber(
    view,
    lacking.map(({ row }) => row),
    groups,
  );
  for (const group of sunk?.apart ?? groups) {
    // What the network sees against other superlayers or the past need not lack anything against the siblings: then it has no name.
    if (group.every(({ found, expected }) => found >= expected)) continue;
    faults.unshift(nameGroup(group, callBad(group), view.thinning, view.dispersion));
  }
  if (sunk) faults.unshift({ ...sunk.fault, confidence: Math.round(1000 * callBad(sunk.rows)) / 1000 });
  if (thin.length > 0) faults.push(lowStatistics(thin, hitsPerWire, least, expectation));
  return {
    scores: judged,
    verdicts,
    faults: faults.filter((fault) => !isSaidBy(fault, { faults, inPlaces })),
  };
}

/** Whether other faults of the layer say the same: which place makes it uneven, or that its dead wires are many. */
function isSaidBy(
  { kind, layers: [layer] }: Fault,
  { faults, inPlaces }: { faults: readonly Fault[]; inPlaces: ReadonlySet<number> },
): boolean {
  if (kind === 'uneven-layer') return inPlaces.has(layer!);
  if (kind !== 'dead-cells') return false;
  return faults.some((other) => other.kind === 'scattered-dead' && other.layers.includes(layer!));
}

function limitFor({ history, levels, layerScatter }: ChamberView, thresholds: Thresholds): number {
  const errors = levels.flatMap((level) => (level ? [level.error] : []));
  return limitOf(thresholds, history?.runs ?? 0, isScattered(layerScatter, mean(errors)));
}

/**
 * Runs before drift, and one alone the more; and where all layers of a chamber differ by more than those of real ones do, one of them must stand
 * out by more. Models of older versions have fewer limits.
 *
 * @param runs good ones before.
 */
export function limitOf(thresholds: Thresholds, runs: number, isChamberScattered: boolean): number {
  const { bad, badWithPast = bad, badWithOneRun = badWithPast, badWhenScattered = 0 } = thresholds;
  const limit = runs === 0 ? bad : runs === 1 ? badWithOneRun : badWithPast;
  return isChamberScattered ? Math.max(limit, badWhenScattered) : limit;
}

function lowStatistics(
  layers: number[],
  hitsPerWire: number,
  least: number,
  expectation: string | undefined,
): Fault {
  return {
    kind: 'low-statistics',
    layers,
    wires: null,
    confidence: 1,
    note: [
      `about ${hitsPerWire.toFixed(2)} hits per wire`,
      `a verdict needs ${least}, that is ${Math.ceil(least / Math.max(hitsPerWire, 1e-3))} times as many`,
      ...(expectation === undefined ? [] : [expectation]),
    ].join('; '),
  };
}

/** Verdicts by one limit on P(bad), for networks whose preprocessing brings no judge of its own. Names no faults. */
export function judgeByThreshold(scores: readonly number[], { bad }: Thresholds): Judgement {
  const verdicts = scores.map((score) => (score === noScore ? null : score >= bad ? 'bad' : 'good'));
  return { scores: [...scores], verdicts, faults: [] };
}

/** P(bad) from logit(bad) - logit(good): temperature scaling with an offset (Guo et al., ICML 2017). */
export function probability(
  difference: number,
  { temperature, offset }: ModelMetadata['calibration'],
): number {
  return 1 / (1 + Math.exp(-(difference / temperature + offset)));
}

/**
 * Twelve scores for each chamber, -1 where there is no layer.
 *
 * @throws {RangeError} when the network gives no number for a layer: below every limit on P(bad), it would be called good.
 */
export function scoresOf(
  samples: LayerSamples,
  differences: Float32Array,
  chambers: number,
  calibration: ModelMetadata['calibration'],
): number[][] {
  const scores = Array.from({ length: chambers }, () => new Array<number>(rowsPerChamber).fill(noScore));
  samples.layers.forEach(({ chamber, row }, sample) => {
    const difference = differences[sample]!;
    if (!Number.isFinite(difference)) {
      throw new RangeError(`the model gives no number for layer ${row + 1} of a chamber: it cannot be used`);
    }
    scores[chamber]![row] = probability(difference, calibration);
  });
  return scores;
}
