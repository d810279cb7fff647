import { quantile } from '@dtdqm/contract/numbers';
import { drawIndex, seededRandom } from '@dtdqm/contract/random';
import { qualityOf } from '@dtdqm/detector/training';

/** One labelled layer and what a model says of it. */
export interface JudgedLayer {
  run: number;
  /** The chamber, whatever the run, as {@link formatChamber} writes it. */
  place: string;
  bad: boolean;
  /** Kind of fault that the expert named; `unnamed` for other bad layers, null for good ones. */
  kind: string | null;
  /** P(bad). */
  score: number;
  /** Whether the model calls it bad. */
  flagged: boolean;
}

export interface GateRules {
  /** Least gain in average precision: the low end of its 95 % interval must reach it. */
  margin: number;
  /** Greatest loss in the share of bad layers found, for any kind of fault. */
  kindTolerance: number;
  /** Greatest growth of the share of good layers called bad. */
  falseAlarmTolerance: number;
  /** Below these the held-out labels decide nothing. */
  leastBad: number;
  leastGood: number;
  leastRuns: number;
  /** Kinds with fewer bad layers than this are listed, not judged. */
  leastOfKind: number;
  /** Chambers that are simulated with each kind of fault. */
  simulatedOfKind: number;
}

export const defaultGateRules: GateRules = {
  margin: 0.005,
  kindTolerance: 0.02,
  falseAlarmTolerance: 0.001,
  leastBad: 20,
  leastGood: 200,
  leastRuns: 5,
  leastOfKind: 5,
  simulatedOfKind: 60,
};

interface Pair {
  current: number | null;
  candidate: number | null;
}

export interface GateReport {
  runs: number;
  layers: { good: number; bad: number };
  averagePrecision: Pair & { gain: number | null; low: number | null; high: number | null };
  auc: Pair;
  falseAlarms: Pair;
  kinds: (Pair & { kind: string; layers: number; judged: boolean })[];
  decision: { promote: boolean; reasons: string[] };
}

/** The same layers in the same order, as two models see them. */
export interface JudgedByBoth {
  current: readonly JudgedLayer[];
  candidate: readonly JudgedLayer[];
}

/**
 * Judges a candidate beside the model in use, on labelled layers that neither saw. Kinds of fault are also judged on simulated
 * ones, since labels name few of them.
 * Average precision decides, as bad layers are rare: an area under the ROC curve of 0.99 still drowns people in false alarms.
 */
export function judgeCandidate(
  { current, candidate }: JudgedByBoth,
  simulated: JudgedByBoth = { current: [], candidate: [] },
  rules: GateRules = defaultGateRules,
  seed = 1,
): GateReport {
  const bad = current.filter((layer) => layer.bad).length;
  const layers = { good: current.length - bad, bad };
  const defined = bad > 0 && layers.good > 0;
  const precision = {
    current: averagePrecision(current)(null),
    candidate: averagePrecision(candidate)(null),
  };
  const interval = defined ? gainInterval(current, candidate, seed) : null;
  const report: Omit<GateReport, 'decision'> = {
    runs: new Set(current.map(({ run }) => run)).size,
    layers,
    averagePrecision: {
      ...precision,
      gain:
        precision.current === null || precision.candidate === null
          ? null
          : precision.candidate - precision.current,
      low: interval?.low ?? null,
      high: interval?.high ?? null,
    },
    auc: { current: aucOf(current), candidate: aucOf(candidate) },
    falseAlarms: { current: flaggedShare(current, isGood), candidate: flaggedShare(candidate, isGood) },
    kinds: [...kindsOf({ current, candidate }, rules), ...kindsOf(simulated, rules)],
  };
  const reasons = refusals(report, rules);
  return { ...report, decision: { promote: reasons.length === 0, reasons } };
}

/** The share of bad layers that each finds, kind by kind. */
function kindsOf({ current, candidate }: JudgedByBoth, rules: GateRules): GateReport['kinds'] {
  return [...new Set(current.flatMap(({ kind }) => kind ?? []))].sort().map((kind) => {
    const ofKind = (layer: JudgedLayer) => layer.kind === kind;
    const count = current.filter(ofKind).length;
    return {
      kind,
      layers: count,
      judged: count >= rules.leastOfKind,
      current: flaggedShare(current, ofKind),
      candidate: flaggedShare(candidate, ofKind),
    };
  });
}

/** Why the candidate is not promoted; none when it is. */
function refusals(
  { runs, layers, averagePrecision, falseAlarms, kinds }: Omit<GateReport, 'decision'>,
  rules: GateRules,
): string[] {
  if (layers.bad < rules.leastBad || layers.good < rules.leastGood || runs < rules.leastRuns) {
    return [
      `${layers.bad} bad and ${layers.good} good layers are labelled in ${runs} held-out runs; at least ${rules.leastBad} and ${rules.leastGood} in ${rules.leastRuns} are needed to decide`,
    ];
  }
  const reasons: string[] = [];
  const { gain, low, high } = averagePrecision;
  if (low === null || low < rules.margin) {
    reasons.push(
      `average precision gains ${format(gain)} (95 % interval ${format(low)} to ${format(high)}); it must surely gain ${rules.margin}`,
    );
  }
  const alarms = (falseAlarms.candidate ?? 0) - (falseAlarms.current ?? 0);
  if (alarms > rules.falseAlarmTolerance) {
    reasons.push(`false alarms grow by ${format(alarms)}, more than ${rules.falseAlarmTolerance}`);
  }
  for (const { kind, judged, current, candidate } of kinds) {
    const loss = (current ?? 0) - (candidate ?? 0);
    if (judged && loss > rules.kindTolerance) {
      reasons.push(`finds ${format(loss)} less of ${kind}, more than ${rules.kindTolerance}`);
    }
  }
  return reasons;
}

const isGood = ({ bad }: JudgedLayer) => !bad;

function flaggedShare(layers: readonly JudgedLayer[], among: (layer: JudgedLayer) => boolean): number | null {
  const chosen = layers.filter(among);
  return chosen.length === 0 ? null : chosen.filter(({ flagged }) => flagged).length / chosen.length;
}

function aucOf(layers: readonly JudgedLayer[]): number | null {
  const bad = layers.filter((layer) => layer.bad).length;
  if (bad === 0 || bad === layers.length) return null;
  const scores = layers.map(({ score }) => score);
  return qualityOf(
    scores,
    layers.map((layer) => (layer.bad ? 1 : 0)),
  ).auc;
}

const format = (value: number | null) => (value === null ? 'nothing' : value.toFixed(4));

/**
 * Prepares average precision (mean precision at the bad layers, by descending score, ties together) for many resamples of
 * whole clusters: the order is worked out once, each resample is one pass.
 *
 * @param clusters of each layer, from 0.
 * @returns takes how often each cluster counts (null: each once); gives null when no bad layer counts.
 */
export function averagePrecision(
  layers: readonly JudgedLayer[],
  clusters?: Int32Array,
): (weights: Float64Array | null) => number | null {
  const order = Int32Array.from(layers.keys()).sort((a, b) => layers[b]!.score - layers[a]!.score);
  const scores = Float64Array.from(order, (index) => layers[index]!.score);
  const isBad = Uint8Array.from(order, (index) => (layers[index]!.bad ? 1 : 0));
  const clusterOf = Int32Array.from(order, (index) => clusters?.[index] ?? 0);
  return (weights) => {
    let [bad, all, sum] = [0, 0, 0];
    for (let from = 0; from < scores.length;) {
      const score = scores[from]!;
      let tiedBad = 0;
      let to = from;
      for (; to < scores.length && scores[to] === score; to += 1) {
        const weight = weights === null ? 1 : weights[clusterOf[to]!]!;
        all += weight;
        if (isBad[to] === 1) tiedBad += weight;
      }
      bad += tiedBad;
      if (tiedBad > 0) sum += tiedBad * (bad / all);
      from = to;
    }
    return bad === 0 ? null : sum / bad;
  };
}

export interface Interval {
  low: number;
  high: number;
}

const resamples = 400;

/**
 * 95 % interval of the candidate's gain in average precision, by a paired bootstrap that draws whole clusters. Layers are not
 * independent in two ways: those of one run share its conditions, and a fault stays in its chamber for many runs. So whole
 * runs are drawn, and whole chambers with all their runs, and the interval reaches as far as either of the two.
 *
 * @param current, candidate the same layers in the same order.
 * @returns null while it cannot be told.
 */
export function gainInterval(
  current: readonly JudgedLayer[],
  candidate: readonly JudgedLayer[],
  seed: number,
): Interval | null {
  const intervals = [
    intervalBy(({ run }) => run, current, candidate, seed),
    intervalBy(({ place }) => place, current, candidate, seed),
  ].filter((interval) => interval !== null);
  if (intervals.length < 2) return null;
  return {
    low: Math.min(...intervals.map(({ low }) => low)),
    high: Math.max(...intervals.map(({ high }) => high)),
  };
}

function intervalBy(
  clusterOf: (layer: JudgedLayer) => number | string,
  current: readonly JudgedLayer[],
  candidate: readonly JudgedLayer[],
  seed: number,
): Interval | null {
  const numbers = new Map([...new Set(current.map(clusterOf))].map((cluster, index) => [cluster, index]));
  const clusters = Int32Array.from(current, (layer) => numbers.get(clusterOf(layer))!);
  const [before, after] = [averagePrecision(current, clusters), averagePrecision(candidate, clusters)];
  const random = seededRandom(seed);
  const gains: number[] = [];
  for (let resample = 0; resample < resamples; resample += 1) {
    const weights = new Float64Array(numbers.size);
    for (let drawn = 0; drawn < numbers.size; drawn += 1) weights[drawIndex(random, numbers.size)]! += 1;
    const [lower, higher] = [before(weights), after(weights)];
    if (lower !== null && higher !== null) gains.push(higher - lower);
  }
  if (gains.length === 0) return null;
  return { low: quantile(gains, 0.025), high: quantile(gains, 0.975) };
}
