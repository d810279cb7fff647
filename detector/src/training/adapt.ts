import { randomOf, shuffled } from '@dtdqm/contract/random';
import { loadModel, type LoadedModel } from '../model/loadedModel.ts';
import { type ModelFolder, type ModelMetadata, readModelFolder } from '../model/modelFolder.ts';
import { Network } from '../network/network.ts';
import { chamberWires, type ChamberWires } from '../prepare/chamberWires.ts';
import { judge } from '../scoreChambers.ts';
import { excessOf } from './limits.ts';
import {
  byChamber,
  fit,
  joinSamples,
  networkScores,
  samplesOf,
  takeSamples,
  type Example,
  type Samples,
} from './fit.ts';

export interface AdaptationSettings {
  readonly seed: number;
  /** Simulated runs with faults of all kinds, and chambers of each; three times as many runs of healthy chambers set the limits. */
  readonly runs: number;
  readonly chambersPerRun: number;
  readonly epochs: number;
  readonly learningRate: number;
  readonly batchSize: number;
  /**
   * How often a labelled layer counts beside a simulated one. Counted once, some hundred labels are lost among tens of thousands of simulated
   * layers: in one world of 40 runs the same 400 labelled chambers gave an area under the ROC curve of .922, counted 20 times .970. Bad ones
   * counted 60 times were learned no faster, and a candidate lost 3 to 6 % of weak layers, boards and slopes.
   */
  readonly labelledBad: number;
  readonly labelledGood: number;
  /** How often a layer counts that has a known fault injected into a labelled chamber. */
  readonly injected: number;
  /** Beside all that is known labels together weigh at most so much, and so do injected faults: thousands of them must not drown it. */
  readonly mostLabelled: number;
}

export const defaultAdaptation: AdaptationSettings = {
  seed: 20_261_129,
  runs: 20,
  chambersPerRun: 100,
  epochs: 14,
  learningRate: 0.003,
  batchSize: 1024,
  labelledBad: 20,
  labelledGood: 3,
  injected: 20,
  mostLabelled: 0.4,
};

/** Chambers on which a model is to say what it said before, whatever it is taught. */
export interface KnownChambers {
  /** Of all kinds, sick and healthy, with widely varied health; these it is trained on. */
  readonly varied: Iterable<readonly Example[]>;
  /** That vary as real ones do; those of them without any bad or doubtful layer set how far limits must rise, and are not trained on. */
  readonly healthy: Iterable<readonly Example[]>;
}

/** What teaching changes of a model. */
export interface TaughtModel {
  readonly weights: Float32Array;
  readonly thresholds: ModelMetadata['thresholds'];
  /**
   * By how much all limits could fall together, on the scale of logits, until twice as many healthy simulated chambers are called bad as by the
   * model that was taught: labels may show that those of the site are not.
   */
  readonly couldFall: number;
}

/** Layers as the model that is adapted sees them: example and row (0..11) of each. */
export type LabelledSamples = ReturnType<typeof samplesOf>;

/** Healthy chambers of one run: their wires, which the judge looks at, and their layers as the network sees them. */
interface HealthyRun {
  readonly chambers: readonly ChamberWires[];
  readonly samples: LabelledSamples;
}

/** More good labelled layers than this are drawn from, and count the more: they tell little that the others do not. */
const mostGood = 20_000;

/**
 * Adapts a model to labels: its own network goes on from its own weights, by small steps, on labelled layers and on simulated chambers, for which
 * it keeps its own answers (distillation: Li and Hoiem, Learning without Forgetting, 2016). So a hundred labels are enough to learn from, and
 * what it knew it still knows. Limits move so that as many healthy chambers are called bad as before. The result has the form of
 * the model, so it loads wherever that does; same seed, labels and backend give the same weights.
 */
export class Adaptation {
  private readonly folder: ModelFolder;
  private readonly model: LoadedModel;
  private readonly settings: AdaptationSettings;
  private readonly known: Samples;
  private readonly healthy: readonly HealthyRun[];
  /** Healthy layers that an adapted model may call bad. */
  private readonly falseAlarms: Readonly<Record<Past, number>>;

  private constructor(
    folder: ModelFolder,
    model: LoadedModel,
    settings: AdaptationSettings,
    { varied, healthy }: { varied: readonly Samples[]; healthy: readonly HealthyRun[] },
  ) {
    this.folder = folder;
    this.model = model;
    this.settings = settings;
    this.healthy = healthy;
    this.known = this.asKnown(joinSamples(varied));
    const scores = this.scoresOfHealthy(model.network);
    const called = (past: Past) => this.healthyCalledBad(scores, past, model.metadata.thresholds);
    this.falseAlarms = { without: called('without'), with: called('with') };
  }

  /**
   * @param folder of the model to adapt. The backend must have been selected.
   * @throws {ModelError} when it does not load.
   */
  static async of(folder: string, settings: AdaptationSettings, known: KnownChambers): Promise<Adaptation> {
    const model = await loadModel(folder);
    const varied = Array.from(known.varied, (examples) => samplesOf(model.preprocessing, examples));
    const healthy = Array.from(known.healthy, (examples): HealthyRun => {
      const those = examples.filter(isHealthy);
      return { chambers: those.map(chamberWires), samples: samplesOf(model.preprocessing, those) };
    });
    return new Adaptation(await readModelFolder(folder), model, settings, { varied, healthy });
  }

  /** Layers of labelled chambers, as {@link teach} takes them. */
  samples(examples: readonly Example[]): LabelledSamples {
    return samplesOf(this.model.preprocessing, examples);
  }

  /** P(bad) of samples by the network alone, with the model's own calibration. @param weights its own unless given. */
  async scores(samples: Samples, weights?: Float32Array): Promise<Float32Array> {
    const network = weights ? await this.load(weights) : this.model.network;
    const scores = this.scoresBy(network, samples);
    if (weights) network.dispose();
    return scores;
  }

  /** By how much layers with these scores exceed the limits that hold for them (see {@link excessOf}). @param thresholds the model's own unless given. */
  excess(samples: Samples, scores: Float32Array, thresholds = this.model.metadata.thresholds): number[] {
    return excessOf(scores, samples, thresholds);
  }

  /**
   * What the model becomes by labelled layers; itself when there are none.
   *
   * @param injected layers of labelled chambers with known faults: the model goes on finding those where chambers vary as these do.
   * @param share of the passes that it takes.
   */
  async teach(labelled: Samples, injected: Samples, share = 1): Promise<TaughtModel> {
    const epochs = Math.ceil(share * this.settings.epochs);
    const { topology, weights: start, metadata } = this.folder;
    if (labelled.count === 0) return { weights: start, thresholds: metadata.thresholds, couldFall: 0 };
    const { weights } = await fit(
      topology,
      this.model.preprocessing.inputs,
      joinSamples([this.weighted(labelled), this.weightedInjected(injected), this.known]),
      null,
      { ...this.settings, epochs, badWeight: 1, patience: epochs, start },
    );
    const network = await this.load(weights);
    const limits = this.limitsFor(network);
    network.dispose();
    return { weights, ...limits };
  }

  dispose(): void {
    this.model.network.dispose();
  }

  private load(weights: Float32Array): Promise<Network> {
    const { topology, specs } = this.folder;
    return Network.load(topology, specs, weights, this.model.preprocessing.inputs);
  }

  private scoresBy(network: Network, samples: Samples): Float32Array {
    return networkScores({ network, metadata: this.model.metadata }, { samples });
  }

  /** With what the model says of each layer as the truth. */
  private asKnown(samples: Samples): Samples {
    const differences = this.model.network.differences(samples.tensors, samples.count);
    return { ...samples, bad: differences.map((difference) => 1 / (1 + Math.exp(-difference))) };
  }

  private weighted(labelled: Samples): Samples {
    const { seed, labelledBad, labelledGood, mostLabelled } = this.settings;
    const all = Array.from({ length: labelled.count }, (_, sample) => sample);
    const good = all.filter((sample) => labelled.bad[sample] === 0);
    const drawn = new Set(
      good.length <= mostGood ? good : shuffled(good, randomOf(seed, 'good')).slice(0, mostGood),
    );
    const kept = takeSamples(
      labelled,
      all.filter((sample) => labelled.bad[sample] !== 0 || drawn.has(sample)),
    );
    const weightOfAll = labelledGood * good.length + labelledBad * (labelled.count - good.length);
    const share = Math.min(1, (mostLabelled * this.known.count) / weightOfAll);
    const ofGood = (share * labelledGood * good.length) / Math.max(1, drawn.size);
    return { ...kept, weight: kept.bad.map((bad) => (bad === 0 ? ofGood : share * labelledBad)) };
  }

  private weightedInjected(injected: Samples): Samples {
    const { injected: weight, mostLabelled } = this.settings;
    const share = Math.min(1, (mostLabelled * this.known.count) / Math.max(1, weight * injected.count));
    return { ...injected, weight: new Float32Array(injected.count).fill(share * weight) };
  }

  /**
   * The model's limits, moved on the scale of logits so that false alarms on healthy chambers are what they were, on those without a past
   * and those with one by themselves; limits for both by the greater of the two. What makes a model more careful would else be lost as sensitivity.
   */
  private limitsFor(network: Network): Pick<TaughtModel, 'thresholds' | 'couldFall'> {
    const { thresholds } = this.model.metadata;
    const scores = this.scoresOfHealthy(network);
    const calledAt = (shift: number, past: Past, most: number) =>
      this.healthyCalledBad(
        scores,
        past,
        raised(thresholds, () => shift),
        most,
      );
    /** The least shift of a range, whose end is one, at which at most so many are called bad. */
    const leastShift = (past: Past, most: number, [from, to]: readonly [number, number]) => {
      if (calledAt(from, past, most) <= most) return from;
      let [low, high] = [from, to];
      while (high - low > 0.01) {
        const middle = (low + high) / 2;
        if (calledAt(middle, past, most) <= most) high = middle;
        else low = middle;
      }
      return high;
    };
    const [alone, beside] = pasts.map((past) => {
      const most = this.falseAlarms[past];
      const range =
        calledAt(0, past, most) <= most ? ([-greatestFall, 0] as const) : ([0, greatestRise] as const);
      const shift = leastShift(past, most, range);
      const least = leastShift(past, mostTimes * most, [shift - greatestFall, shift]);
      return { shift, couldFall: shift - least };
    }) as [Shift, Shift];
    const named: Readonly<Record<string, number>> = {
      bad: alone.shift,
      badWithPast: beside.shift,
      badWithOneRun: beside.shift,
    };
    // A model with one limit for all has it raised by what either needs.
    const both = Math.max(alone.shift, beside.shift);
    return {
      thresholds: raised(thresholds, (name) => ('badWithPast' in thresholds ? (named[name] ?? both) : both)),
      couldFall: Math.min(alone.couldFall, beside.couldFall),
    };
  }

  private scoresOfHealthy(network: Network): number[][] {
    return this.healthy.flatMap(({ chambers, samples }) =>
      byChamber({ layers: samples.layers, chambers: chambers.length }, this.scoresBy(network, samples)),
    );
  }

  /** Layers of healthy chambers that the model's judge calls bad where they score so. @param most beyond which it is not told how many. */
  private healthyCalledBad(
    scores: readonly (readonly number[])[],
    past: Past,
    thresholds: ModelMetadata['thresholds'],
    most = Infinity,
  ): number {
    const { metadata, preprocessing, network } = this.model;
    const least = Math.min(...limitNames(thresholds).map((name) => thresholds[name]!));
    const model = { preprocessing, network, metadata: { ...metadata, thresholds } };
    const chambers = this.healthy.flatMap((run) => run.chambers);
    let called = 0;
    for (const [index, chamber] of chambers.entries()) {
      if ((chamber.history.length > 0 ? 'with' : 'without') !== past) continue;
      // Nearly all of them: whatever the judge adds to scores is the same for all weights.
      if (Math.max(...scores[index]!) < least) continue;
      called += judge(model, chamber, scores[index]!).verdicts.filter((verdict) => verdict === 'bad').length;
      // A judgement costs more than all else here, and of a model that calls much bad most are not needed.
      if (called > most) break;
    }
    return called;
  }
}

/** Whether good runs before are known: limits differ by that. */
const pasts = ['without', 'with'] as const;
type Past = (typeof pasts)[number];

/** By how much limits move, on the scale of logits, and how much further they could fall (see {@link TaughtModel.couldFall}). */
interface Shift {
  readonly shift: number;
  readonly couldFall: number;
}

const isHealthy = ({ bad }: Example) => bad.every((truth) => truth === 0);

/** By so much limits rise and fall at most, on the scale of logits; exp(8) is 3,000. */
const [greatestRise, greatestFall] = [8, 2];

/** Limits never fall beyond so many times as many healthy simulated chambers called bad: those stand for what nobody labelled. */
const mostTimes = 2;

/** Limits from which on layers are bad; which of them holds, the judge knows. */
export const limitNames = (thresholds: ModelMetadata['thresholds']) =>
  Object.keys(thresholds).filter((name) => name.startsWith('bad'));

/** The same model with other limits. @param shift on the scale of logits; greater calls less bad, beyond 8 nothing any more; down to what {@link TaughtModel.couldFall}. */
export function withLimitsMoved({ weights, thresholds, couldFall }: TaughtModel, shift: number): TaughtModel {
  const moved = Math.max(-couldFall, Math.min(shift, greatestRise));
  return { weights, thresholds: raised(thresholds, () => moved), couldFall: couldFall + moved };
}

function raised(
  thresholds: ModelMetadata['thresholds'],
  shiftOf: (name: string) => number,
): ModelMetadata['thresholds'] {
  const limits = limitNames(thresholds).flatMap((name) => {
    const [limit, shift] = [thresholds[name]!, shiftOf(name)];
    return shift === 0 ? [] : [[name, 1 / (1 + Math.exp(Math.log((1 - limit) / limit) - shift))]];
  });
  return { ...thresholds, ...(Object.fromEntries(limits) as Record<string, number>) };
}
