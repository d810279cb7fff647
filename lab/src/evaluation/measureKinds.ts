import { isRegion, layersOf, noWire, type Fault } from '@dtdqm/contract';
import { quantile } from '@dtdqm/contract/numbers';
import { randomOf } from '@dtdqm/contract/random';
import { type LoadedModel, scoreChambers } from '@dtdqm/detector/engine';
import { type Example, thresholdFor } from '@dtdqm/detector/training';
import {
  drawMeasured,
  injectIntoCounts,
  type InjectedFault,
  levelAt,
  type MeasuredFault,
  measuredFaults,
} from '@dtdqm/simulator/detector';
import type { HealthySource } from './healthySources.ts';
import { datasetOf, type LayerScorer } from './methods/method.ts';

export interface KindsSettings {
  readonly seed: number;
  /** Chambers with each fault, and for each number of runs before. */
  readonly perKind: number;
  /** Healthy chambers that set the threshold, for each number of runs before. Layers are called bad four at a time: of 900, seed by seed, 0.1 to 0.46 %. */
  readonly healthy: number;
  /** How many good runs there are before; 0 is a chamber alone. */
  readonly pasts: readonly number[];
}

export const defaultKinds: KindsSettings = { seed: 1, perKind: 100, healthy: 3000, pasts: [0, 1, 3] };

/** Share of healthy layers that may reach the threshold at which detection is compared. */
export const falseAlarms = 0.002;

/** A share with its 95 % interval (Wilson, J. Am. Stat. Assoc. 22, 1927). */
export interface Share {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** What one detector makes of one kind of fault with one number of runs before. A fault is found when most of its layers are. */
export interface KindResult {
  readonly calledBad: Share;
  readonly atFalseAlarms: Share;
  /** Whether a fault is named where it lies, in whatever words that are not of single cells, bad or not. */
  readonly named: Share;
  /** {@link overlapOf} of faults that are called bad or named, 0 of those that are not named: median and tenth percentile. */
  readonly overlap: { readonly median: number; readonly low: number };
  /** Healthy layers of the same chambers that are called bad. */
  readonly collateral: number;
}

export interface KindsOfModel {
  readonly name: string;
  /** By number of runs before: limit for {@link falseAlarms}, and what is called bad or named among healthy layers. */
  readonly healthy: readonly {
    readonly threshold: number;
    readonly layers: number;
    readonly calledBad: number;
    readonly named: number;
  }[];
  /** By row of `measuredFaults`, then by number of runs before; null where no chamber has a place for it. */
  readonly results: readonly (readonly (KindResult | null)[])[];
}

/** Measures a model on every fault of the table, on the same chambers whatever the model. */
export function measureKinds(
  name: string,
  model: LoadedModel,
  source: HealthySource,
  { seed, perKind, healthy, pasts }: KindsSettings,
): KindsOfModel {
  const judged = (examples: readonly Example[]) => scoreChambers(model, examples, { saliency: false });
  const thresholds: KindsOfModel['healthy'][number][] = pasts.map((past) => {
    const examples = drawHealthy(source, seed, healthy, past);
    const layers = judged(examples).flatMap(({ scores, verdicts, faults }, index) =>
      goodLayers(examples[index]!).map((layer) => ({
        score: scores[layer - 1]!,
        bad: verdicts[layer - 1] === 'bad',
        named: faults.some((fault) => isRegion(fault) && fault.layers.includes(layer)),
      })),
    );
    const share = (of: (layer: (typeof layers)[number]) => boolean) =>
      layers.filter(of).length / layers.length;
    const scores = layers.map(({ score }) => score);
    return {
      threshold: thresholdFor(scores, scores.map(() => 0), falseAlarms), // prettier-ignore
      layers: layers.length,
      calledBad: share(({ bad }) => bad),
      named: share(({ named }) => named),
    };
  });
  const results = measuredFaults.map((measured) =>
    pasts.map((past, index) => {
      const faulty = drawFaulty(source, measured, seed, perKind, past);
      if (faulty.length === 0) return null;
      const answers = judged(faulty.map(({ example }) => example));
      const found = (isFound: (answer: (typeof answers)[number], layer: number) => boolean) =>
        wilson(
          faulty.filter(({ fault }, which) =>
            isMost(fault.layers, (layer) => isFound(answers[which]!, layer)),
          ).length,
          faulty.length,
        );
      const isBad = ({ fault }: Faulty, which: number) =>
        isMost(fault.layers, (layer) => answers[which]!.verdicts[layer - 1] === 'bad');
      // A fault that is found and not named is named nowhere.
      const overlaps = faulty.flatMap((own, which) => {
        const overlap = overlapOf(own.example, own.fault, answers[which]!.faults);
        return overlap ?? (isBad(own, which) ? 0 : []);
      });
      const others = faulty.flatMap(({ example, fault }, which) =>
        goodLayers(example)
          .filter((layer) => !fault.layers.includes(layer) && fault.mapping?.from !== layer)
          .map((layer) => answers[which]!.verdicts[layer - 1] === 'bad'),
      );
      return {
        calledBad: found(({ verdicts }, layer) => verdicts[layer - 1] === 'bad'),
        atFalseAlarms: found(({ scores }, layer) => scores[layer - 1]! >= thresholds[index]!.threshold),
        named: wilson(overlaps.filter((overlap) => overlap > 0).length, faulty.length),
        overlap: { median: quantile(overlaps, 0.5), low: quantile(overlaps, 0.1) },
        collateral: others.filter(Boolean).length / Math.max(1, others.length),
      };
    }),
  );
  return { name, healthy: thresholds, results };
}

/** Share of faults found at {@link falseAlarms} by a method that looks at a chamber alone, by row of `measuredFaults`. */
export function measureMethod(
  score: LayerScorer,
  source: HealthySource,
  { seed, perKind, healthy }: KindsSettings,
): (Share | null)[] {
  const scored = (examples: readonly Example[]) => {
    const data = datasetOf(examples);
    const byLayer = new Map<string, number>();
    score(data).forEach((value, index) => {
      const { chamber, row } = data.layers[index]!;
      byLayer.set(`${chamber}/${row + 1}`, value);
    });
    return { data, of: (chamber: number, layer: number) => byLayer.get(`${chamber}/${layer}`) };
  };
  const { data } = scored(drawHealthy(source, seed, healthy, 0));
  const threshold = thresholdFor(score(data), data.bad, falseAlarms);
  return measuredFaults.map((measured) => {
    const faulty = drawFaulty(source, measured, seed, perKind, 0);
    if (faulty.length === 0) return null;
    const { of } = scored(faulty.map(({ example }) => example));
    const found = faulty.filter(({ fault }, which) =>
      isMost(fault.layers, (layer) => (of(which, layer) ?? -Infinity) >= threshold),
    );
    return wilson(found.length, faulty.length);
  });
}

function drawHealthy(source: HealthySource, seed: number, count: number, past: number): Example[] {
  return Array.from({ length: count }, (_, index) => source(randomOf(seed, 'healthy', index), past));
}

interface Faulty {
  readonly example: Example;
  readonly fault: InjectedFault;
}

function drawFaulty(
  source: HealthySource,
  measured: MeasuredFault,
  seed: number,
  count: number,
  past: number,
): Faulty[] {
  const faulty: Faulty[] = [];
  // Every second chamber may have no place for it.
  for (let index = 0; faulty.length < count && index < 8 * count; index++) {
    const random = randomOf(seed, measured.name, index);
    const healthy = source(random, past);
    const fault = drawMeasured(measured, healthy.chamber, random);
    if (!fault?.layers.every((layer) => healthy.bad[layer - 1] === 0)) continue;
    faulty.push({ fault, example: { ...healthy, matrix: injectIntoCounts(healthy.matrix, fault, random) } });
  }
  return faulty;
}

function goodLayers({ chamber, bad }: Example): number[] {
  return layersOf(chamber.station).filter((layer) => bad[layer - 1] === 0);
}

function isMost(layers: readonly number[], isSo: (layer: number) => boolean): boolean {
  return 2 * layers.filter(isSo).length > layers.length;
}

/** Wires of the widest run that is listed as dead cells of a good layer. */
const widestSingle = 3;

/**
 * Wires that are touched and named over wires that are either, in the layers of the fault and in all others that what is named there names
 * with them: who makes one layer's fault a superlayer's is wrong in three layers. Single cells that are named are of no account, as
 * recorded chambers have dead ones of their own, unless the fault is no wider than they are. Undefined when nothing is named there.
 */
export function overlapOf(
  { matrix }: Pick<Example, 'matrix'>,
  fault: InjectedFault,
  named: readonly Fault[],
): number | undefined {
  const width = fault.wires.last - fault.wires.first + 1;
  const there = named.filter(
    (own) =>
      (isRegion(own) || (width <= widestSingle && own.kind === 'dead-cells')) &&
      own.layers.some((layer) => fault.layers.includes(layer)),
  );
  if (there.length === 0) return undefined;
  const layers = new Set([...fault.layers, ...there.flatMap((own) => own.layers)]);
  // The one whose counts stand in another layer as well cannot be told from its copy.
  if (fault.mapping?.from !== undefined) layers.delete(fault.mapping.from);
  let both = 0;
  let either = 0;
  for (const layer of layers) {
    const inLayer = there.filter((own) => own.layers.includes(layer));
    matrix[layer - 1]!.forEach((hits, column) => {
      if (hits === noWire) return;
      const wire = column + 1;
      const isMixedUp = fault.mapping !== undefined && fault.layers.includes(layer);
      const isTouched = isMixedUp || levelAt(fault, layer, wire) !== 1;
      const isNamed = inLayer.some(
        ({ wires, only }) => only?.includes(wire) ?? (!wires || (wire >= wires.first && wire <= wires.last)),
      );
      if (isTouched && isNamed) both++;
      if (isTouched || isNamed) either++;
    });
  }
  return both / either;
}

/** Of how many trials how many succeeded. */
export function wilson(successes: number, trials: number): Share {
  const z = 1.96;
  const value = successes / trials;
  const middle = (value + z ** 2 / (2 * trials)) / (1 + z ** 2 / trials);
  const half =
    (z / (1 + z ** 2 / trials)) * Math.sqrt((value * (1 - value)) / trials + z ** 2 / (4 * trials ** 2));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
