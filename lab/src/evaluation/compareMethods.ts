import { bootstrap, mean } from '@dtdqm/contract/numbers';
import {
  calibrationError,
  qualityOf,
  reliability,
  type ReliabilityBin,
  sensitivityAbove,
  thresholdFor,
} from '@dtdqm/detector/training';
import { calibratedSpread, simulateExamples } from '@dtdqm/simulator/detector';
import { type Dataset, datasetOf, type Method } from './methods/method.ts';

export interface ComparisonSettings {
  readonly firstSeed: number;
  /** Repetitions, each with chambers and trainings of its own. */
  readonly seeds: number;
  /** Runs to train on; half as many are held out, and as many again are for testing. */
  readonly runs: number;
  readonly chambersPerRun: number;
}

export const figures = [
  'auc',
  'averagePrecision',
  'sensitivityAt02Percent',
  'sensitivityAt1Percent',
  'ece',
] as const;
export type Figure = (typeof figures)[number];

export interface MethodResult {
  readonly name: string;
  readonly source: string;
  readonly figures: Readonly<Record<Figure, Estimate>>;
  /** Share of bad layers found at 0.2 % false alarms, by injected kind and by expected hits per wire. */
  readonly byKind: Readonly<Record<string, Estimate>>;
  readonly byHits: Readonly<Record<string, Estimate>>;
  /** Of all repetitions together; empty for scores that are no probabilities. */
  readonly reliability: readonly ReliabilityBin[];
}

/** Limits of hits per wire (mean of the layer's siblings and itself) of the table by statistics. */
const hitsLimits = [0, 1, 2, 5, 10, 20, 50, 100, Infinity];
const falseAlarms = 0.002;
const reliabilityBins = 10;

/** Every method on the same simulated data and the same splits by run, once for each seed. */
export async function compareMethods(
  methods: readonly Method[],
  settings: ComparisonSettings,
  onProgress: (seed: number, method: string) => void = () => undefined,
): Promise<MethodResult[]> {
  const measured = methods.map(() => [] as Measured[]);
  for (let index = 0; index < settings.seeds; index++) {
    const seed = settings.firstSeed + index;
    const [training, heldOut, test] = simulateSplits(seed, settings);
    for (const [which, method] of methods.entries()) {
      onProgress(seed, method.name);
      const score = await method.train(training!, heldOut!, seed);
      measured[which]!.push(measure(score(test!), test!, method.isProbability));
    }
  }
  return methods.map(({ name, source, isProbability }, which) =>
    summarise(name, source, isProbability, measured[which]!),
  );
}

function simulateSplits(seed: number, { runs, chambersPerRun }: ComparisonSettings): Dataset[] {
  const part = Math.max(2, Math.ceil(runs / 2));
  return [
    [1, runs],
    [runs + 1, part],
    [runs + part + 1, part],
  ].map(([firstRun, count]) =>
    datasetOf(
      simulateExamples({
        seed,
        runs: count!,
        chambersPerRun,
        firstRun: firstRun!,
        spread: calibratedSpread,
        lumisections: [20, 2000],
        historyShare: 0,
      }),
    ),
  );
}

interface Measured {
  readonly figures: Record<Figure, number>;
  readonly byKind: Record<string, number>;
  readonly byHits: Record<string, number>;
  readonly scores: Float32Array;
  readonly bad: Float32Array;
}

function measure(scores: Float32Array, test: Dataset, isProbability: boolean): Measured {
  const { bad } = test;
  const threshold = thresholdFor(scores, bad, falseAlarms);
  const { auc, averagePrecision, sensitivityAt02Percent, sensitivityAt1Percent } = qualityOf(scores, bad);
  const share = (groupOf: (layer: number) => string[]) => sensitivityByGroup(scores, bad, threshold, groupOf);
  return {
    figures: {
      auc,
      averagePrecision,
      sensitivityAt02Percent,
      sensitivityAt1Percent,
      ece: isProbability ? calibrationError(scores, bad) : NaN,
    },
    byKind: share((layer) => kindsOf(test, layer)),
    byHits: share((layer) => [hitsGroup(test, layer)]),
    scores,
    bad,
  };
}

function sensitivityByGroup(
  scores: Float32Array,
  bad: Float32Array,
  threshold: number,
  groupOf: (layer: number) => string[],
): Record<string, number> {
  const members = new Map<string, number[]>();
  bad.forEach((isBad, layer) => {
    if (isBad !== 1) return;
    for (const group of groupOf(layer)) members.set(group, [...(members.get(group) ?? []), layer]);
  });
  return Object.fromEntries(
    [...members].map(([group, layers]) => [
      group,
      sensitivityAbove(layers.map((layer) => scores[layer]!), layers.map(() => 1), threshold), // prettier-ignore
    ]),
  );
}

function kindsOf({ examples, layers }: Dataset, layer: number): string[] {
  const { chamber, row } = layers[layer]!;
  const faults = (examples[chamber]!.faults ?? []).filter(
    (fault) => fault.bad && fault.layers.includes(row + 1),
  );
  return faults.length === 1 ? [faults[0]!.kind] : [];
}

function hitsGroup(data: Dataset, layer: number): string {
  const { chamber, row } = data.layers[layer]!;
  const family = [0, 1, 2, 3].map((own) => data.chambers[chamber]!.layers[(row & ~3) + own]!);
  const level = Math.max(...family.map(mean));
  const upper = hitsLimits.findIndex((limit) => level < limit);
  const [from, to] = [hitsLimits[upper - 1]!, hitsLimits[upper]!];
  return to === Infinity ? `${from} and more` : `${from} to ${to}`;
}

function summarise(
  name: string,
  source: string,
  isProbability: boolean,
  measured: readonly Measured[],
): MethodResult {
  const groups = (of: (one: Measured) => Record<string, number>) => {
    const names = [...new Set(measured.flatMap((one) => Object.keys(of(one))))];
    return Object.fromEntries(
      names.map((group) => [group, bootstrapMean(measured.map((one) => of(one)[group] ?? NaN))]),
    );
  };
  const all = (of: (one: Measured) => Float32Array) => measured.flatMap((one) => Array.from(of(one)));
  return {
    name,
    source,
    figures: Object.fromEntries(
      figures.map((figure) => [figure, bootstrapMean(measured.map((one) => one.figures[figure]))]),
    ) as Record<Figure, Estimate>,
    byKind: groups((one) => one.byKind),
    byHits: groups((one) => one.byHits),
    reliability: isProbability ? reliability(all((one) => one.scores), all((one) => one.bad), reliabilityBins) : [], // prettier-ignore
  };
}

/** A figure with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Mean over repetitions with other seeds, and its bootstrap interval over them; NaN where nothing is finite. */
export function bootstrapMean(values: readonly number[], seed = 1): Estimate {
  const usable = values.filter(Number.isFinite).map((value) => [value]);
  const pooled = {
    empty: () => [] as number[],
    add: (all: number[], more: number[]) => void all.push(...more),
  };
  const { value, low, high } = bootstrap(usable, pooled, { mean }, { resamples: 2000, seed }).mean;
  return { value: value ?? NaN, low: low ?? NaN, high: high ?? NaN };
}
