import { kindInWords } from '@dtdqm/contract';
import { qualityOf } from '@dtdqm/detector/training';
import {
  averagePrecision,
  calledShare,
  gainInterval,
  type FigureOf,
  type JudgedByBoth,
  type JudgedLayer,
  plain,
} from './pairedIntervals.ts';
import { leastToFall } from './crossFit.ts';

export interface GateRules {
  /** Least gain in average precision: the low end of its 95 % interval must reach it. */
  margin: number;
  /** Greatest loss in the share of bad layers found, for any kind of fault; a greater one is excused where chance may explain it. */
  kindTolerance: number;
  /** Greatest growth of the share of good layers called bad; likewise. */
  falseAlarmTolerance: number;
  /** Below these the labels decide nothing. */
  leastBad: number;
  leastGood: number;
  leastRuns: number;
  /** Kinds with fewer bad layers than this are listed, not judged. */
  leastOfKind: number;
  /** And of a kind with layers in fewer chambers or runs than this: one fault that stays is one observation. */
  leastPlacesOfKind: number;
  /**
   * Chambers with each kind of fault: labelled good ones into whose counts it is injected, or simulated ones while there are too few. And
   * eight times as many simulated healthy ones, as false alarms are a thousandth.
   */
  knownOfKind: number;
  /** Labelled good chambers that are enough to be injected into, {@link knownOfKind} faults of each kind. */
  leastGoodChambers: number;
}

export const defaultGateRules: GateRules = {
  margin: 0.002,
  kindTolerance: 0.01,
  falseAlarmTolerance: 0.0005,
  leastBad: 10,
  leastGood: 200,
  leastRuns: 5,
  leastOfKind: 5,
  leastPlacesOfKind: 3,
  knownOfKind: 240,
  leastGoodChambers: 30,
};

interface Pair {
  current: number | null;
  candidate: number | null;
}

/** What both models have, what the candidate gains, and between what its true gain may lie (95 %). */
interface Compared extends Pair {
  gain: number | null;
  low: number | null;
  high: number | null;
}

export interface GateReport {
  runs: number;
  layers: { good: number; bad: number };
  averagePrecision: Compared;
  auc: Pair;
  /** Share of good layers called bad, each model at its own limits. */
  falseAlarms: Compared;
  /** The same of simulated healthy chambers; `current` is the model that was adapted, which is not always the one in use. */
  simulatedFalseAlarms: Compared;
  /** Whether these may double, since the model that was adapted raises more among the labels: chambers of the site tell more than simulated ones. */
  simulatedMayDouble: boolean;
  /** Share of bad layers found, each model at its own limits. */
  found: Compared;
  /** The same where both raise as many false alarms as the model in use does. */
  foundAtEqualFalseAlarms: Compared;
  /** Share of bad layers found, kind by kind; intervals are of 95 % for all kinds together. */
  kinds: (Compared & { kind: string; layers: number; judged: boolean })[];
  /** What so many labels can tell, in words. */
  power: string;
  decision: { promote: boolean; reasons: string[] };
}

interface GateOptions {
  rules?: GateRules;
  seed?: number;
  /** The labelled layers as the model sees them that was adapted; it never saw a label. The model in use unless given. */
  byBase?: readonly JudgedLayer[];
}

/**
 * Judges a candidate beside the model in use, on labelled layers that neither saw. Kinds of fault and false alarms are also judged on simulated
 * chambers, since labels name few kinds.
 * Average precision decides, as bad layers are rare: an area under the ROC curve of 0.99 still drowns people in false alarms. Whatever else is
 * lost refuses where it is more than is tolerated and more than chance explains.
 */
export function judgeCandidate(
  labelled: JudgedByBoth,
  simulated: JudgedByBoth = { current: [], candidate: [] },
  { rules = defaultGateRules, seed = 1, byBase = labelled.current }: GateOptions = {},
): GateReport {
  const { current, candidate } = labelled;
  const bad = current.filter((layer) => layer.bad).length;
  const layers = { good: current.length - bad, bad };
  const falseAlarms = compare(calledShare(isGood), labelled, seed);
  const raisedByBase = falseAlarmsOf(byBase);
  const report: Omit<GateReport, 'decision' | 'power'> = {
    runs: new Set(current.map(({ run }) => run)).size,
    layers,
    averagePrecision: compare(averagePrecision, labelled, seed, { isDefined: layers.good > 0 }),
    auc: { current: aucOf(current), candidate: aucOf(candidate) },
    falseAlarms,
    simulatedFalseAlarms: compare(calledShare(isGood), simulated, seed),
    simulatedMayDouble: raisedByBase >= leastToFall && falseAlarmsOf(candidate) < raisedByBase,
    found: compare(calledShare(isBad), labelled, seed),
    foundAtEqualFalseAlarms: atEqualFalseAlarms(labelled, falseAlarms.current ?? 0, seed),
    kinds: kindsOf([labelled, simulated], rules, seed),
  };
  const power = powerOf(report, rules);
  const reasons = refusals(report, power, rules);
  return { ...report, power, decision: { promote: reasons.length === 0, reasons } };
}

const falseAlarmsOf = (layers: readonly JudgedLayer[]) =>
  layers.filter(({ bad, flagged }) => flagged && !bad).length;
const isGood = ({ bad }: JudgedLayer) => !bad;
const isBad = ({ bad }: JudgedLayer) => bad;

function compare(
  figureOf: FigureOf,
  both: JudgedByBoth,
  seed: number,
  { isDefined = true, figures = 1 } = {},
): Compared {
  const current = plain(figureOf, both.current);
  const candidate = plain(figureOf, both.candidate);
  if (current === null || candidate === null) return { current, candidate, ...unknownGain };
  const interval = isDefined ? gainInterval(figureOf, both, seed, figures) : null;
  return { current, candidate, gain: candidate - current, ...(interval ?? { low: null, high: null }) };
}

const unknownGain = { gain: null, low: null, high: null };

/** Both at limits that as many good layers reach: a model with other limits is no better for it. */
function atEqualFalseAlarms({ current, candidate }: JudgedByBoth, share: number, seed: number): Compared {
  const limited = (layers: readonly JudgedLayer[]) => {
    const good = layers.filter(isGood).sort((a, b) => b.score - a.score);
    const limit = good[Math.round(share * good.length)]?.score ?? -1;
    return layers.map((layer) => ({ ...layer, flagged: layer.score > limit }));
  };
  return compare(calledShare(isBad), { current: limited(current), candidate: limited(candidate) }, seed);
}

/** The share of bad layers that each finds, kind by kind, of labelled layers and of known ones. */
function kindsOf(sets: readonly JudgedByBoth[], rules: GateRules, seed: number): GateReport['kinds'] {
  const kinds = sets.flatMap(({ current, candidate }) =>
    [...new Set(current.flatMap(({ kind }) => kind ?? []))].sort().map((kind) => {
      const ofKind = (layer: JudgedLayer) => layer.kind === kind;
      const both = { current: current.filter(ofKind), candidate: candidate.filter(ofKind) };
      const spread = Math.min(
        new Set(both.current.map(({ run }) => run)).size,
        new Set(both.current.map(({ place }) => place)).size,
      );
      // What neither finds (a chamber that is dead as a whole, which only the others of its run tell) tells nothing of the two.
      const isFound = [both.current, both.candidate].some((layers) => layers.some(({ flagged }) => flagged));
      const judged = isFound && both.current.length >= rules.leastOfKind && spread >= rules.leastPlacesOfKind;
      return { kind, both, judged };
    }),
  );
  const figures = Math.max(1, kinds.filter(({ judged }) => judged).length);
  return kinds.map(({ kind, both, judged }) => {
    const compared = compare(calledShare(isBad), both, seed, { figures });
    return { kind, layers: both.current.length, judged, ...compared };
  });
}

type Figures = Omit<GateReport, 'decision' | 'power'>;

function powerOf({ runs, layers, averagePrecision: { gain, low } }: Figures, { margin }: GateRules): string {
  const labels = `${layers.bad} bad and ${layers.good} good layers labelled in ${runs} runs`;
  if (gain === null || low === null) return `${labels} cannot tell any gain`;
  return `${labels} cannot tell a gain in average precision below ${Math.max(margin, margin + gain - low).toFixed(3)}`;
}

/** Why the candidate is not promoted; none when it is. */
function refusals(figures: Figures, power: string, rules: GateRules): string[] {
  const {
    runs,
    layers,
    averagePrecision: precision,
    falseAlarms,
    simulatedFalseAlarms,
    simulatedMayDouble,
    found,
    kinds,
  } = figures;
  const reasons: string[] = [];
  if (layers.bad < rules.leastBad || layers.good < rules.leastGood || runs < rules.leastRuns) {
    reasons.push(
      `${layers.bad} bad and ${layers.good} good layers are labelled in ${runs} runs; at least ${rules.leastBad} and ${rules.leastGood} in ${rules.leastRuns} are needed to decide`,
    );
  } else if (precision.low === null || precision.low < rules.margin) {
    reasons.push(
      `average precision gains ${format(precision.gain)} (95 % interval ${format(precision.low)} to ${format(precision.high)}); it must surely gain ${rules.margin}: ${power}`,
    );
  }
  const granted = simulatedMayDouble ? (simulatedFalseAlarms.current ?? 0) : 0;
  const alarms = [
    ['false alarms', falseAlarms, 0],
    ['false alarms on simulated healthy chambers', simulatedFalseAlarms, granted],
  ] as const;
  for (const [what, { gain, low, high }, free] of alarms) {
    const most = free + rules.falseAlarmTolerance;
    if (gain !== null && gain > most && (low ?? gain) > free) {
      reasons.push(
        `${what} grow by ${format(gain)} (${format(low)} to ${format(high)}), more than ${+most.toFixed(4)}`,
      );
    }
  }
  if (isSureLoss(found, rules.kindTolerance)) {
    reasons.push(`finds ${format(-found.gain!)} less of the bad layers by its own limits`);
  }
  for (const kind of kinds) {
    if (!kind.judged || !isSureLoss(kind, rules.kindTolerance)) continue;
    const interval = `${format(-(kind.high ?? 0))} to ${format(-(kind.low ?? 0))}`;
    reasons.push(
      `finds ${format(-kind.gain!)} (${interval}) less of ${kindInWords(kind.kind)}, more than ${rules.kindTolerance}`,
    );
  }
  return reasons;
}

/** More than is tolerated, and more than chance explains. */
function isSureLoss({ gain, high }: Compared, tolerance: number): boolean {
  return gain !== null && -gain > tolerance && (high ?? gain) < 0;
}

function aucOf(layers: readonly JudgedLayer[]): number | null {
  const bad = layers.filter(isBad).length;
  if (bad === 0 || bad === layers.length) return null;
  const scores = layers.map(({ score }) => score);
  return qualityOf(
    scores,
    layers.map((layer) => (layer.bad ? 1 : 0)),
  ).auc;
}

const format = (value: number | null) => (value === null ? 'nothing' : value.toFixed(4));
