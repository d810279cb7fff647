import type { ChamberView } from './chamberView.ts';
import { positive } from './levels.ts';

/** What a feature is told of: the layer alone and its siblings, its superlayer, its chamber, or good runs of the chamber before. */
type Scope = 'layer' | 'superlayer' | 'chamber' | 'past';

interface Feature<Name extends string = string> {
  readonly name: Name;
  readonly scope: Scope;
  readonly unit: string;
  readonly meaning: string;
}

const feature = <const Name extends string>(
  name: Name,
  scope: Scope,
  unit: string,
  meaning: string,
): Feature<Name> => ({ name, scope, unit, meaning });

// Units. Evidence is counted in dead cells: 4 are told from 2, 40 from 60 hardly. Logarithms are clamped to -6..3.
const evidence = 'ln(1 + nats / 4)';
const twice = '2 ln(found / expected)';
const thrice = '3 ln(level / level)';
const third = 'sd / 3, at most 4';

/** What the network is told of each layer, in this order; all are of order 1. New ones are added at the end, so that old models stay what they were. */
export const features = [
  feature('siblingDead', 'layer', evidence, 'a stretch is dead against what the siblings have there'),
  feature('siblingWeak', 'layer', evidence, 'a stretch is at a third of what the siblings have there'),
  feature('siblingLow', 'layer', evidence, 'a stretch is at two thirds of what the siblings have there'),
  feature('singleCells', 'layer', evidence, 'dead cells anywhere in the layer'),
  feature('noise', 'layer', 'ln(1 + sd above 4) / 2', 'the highest spike'),
  feature('rate', 'layer', twice, 'the whole layer against its siblings'),
  feature('rateSignificance', 'layer', 'sd / 4', 'the same over its counting error'),
  feature('rateError', 'layer', '5 sd of ln', 'the counting error itself, at most 4'),
  feature('profileDead', 'layer', evidence, 'a stretch is dead against the profile of the superlayer'),
  feature('profileWeak', 'layer', evidence, 'a stretch is at a third of that profile'),
  feature('columnDead', 'superlayer', evidence, 'all four layers together are dead somewhere'),
  feature('columnWeak', 'superlayer', evidence, 'all four layers together are at a third somewhere'),
  feature('jointDead', 'layer', evidence, 'they are dead where this layer agrees'),
  feature('jointWeak', 'layer', evidence, 'they are at a third where this layer agrees'),
  feature('superlayerBelowHighest', 'chamber', thrice, 'the superlayer against the highest other one'),
  feature('superlayerBelowLowest', 'chamber', thrice, 'the superlayer against the lowest other one'),
  feature('layerBelowHighest', 'chamber', thrice, 'this layer against the highest other superlayer'),
  feature('superlayerError', 'superlayer', '5 sd of ln', 'counting error of the level, at most 4'),
  feature('historyKnown', 'past', '0 or 1', 'there are good runs before; without them all of the past is 0'),
  feature('historyDead', 'past', evidence, 'a stretch is dead against the past'),
  feature('historyWeak', 'past', evidence, 'a stretch is at a third of the past'),
  feature('historyRate', 'past', twice, 'the whole layer against the past'),
  feature('hits', 'layer', 'log10(hits + 0.1)', 'hits per wire that the siblings let expect'),
  feature('dispersion', 'chamber', 'ln', 'variance over mean of counts against siblings'),
  feature('columnDispersion', 'superlayer', 'ln', 'variance over mean of columns about the profile'),
  feature('wires', 'layer', 'wires / 50', 'length of the layer'),
  feature('theta', 'superlayer', '0 or 1', 'the superlayer measures theta'),
  feature('outermostStation', 'chamber', '0 or 1', 'the chamber is in station 4'),
  feature('blockDispersion', 'chamber', 'ln', 'variance over mean of sums over eight cells'),
  feature('layerScatter', 'chamber', 'ln(. + 0.01) + 4', 'how far layers lie from their siblings, median'),
  feature('historyLow', 'past', evidence, 'a stretch is at two thirds of the past'),
  feature('historyColumnWeak', 'past', evidence, 'all four layers together are weak against the past'),
  feature('historyFall', 'past', twice, 'the layer against the past, lengths of the runs known'),
  feature('eightWires', 'layer', third, 'most that eight neighbouring wires lack against the siblings'),
  feature('sixteenWires', 'layer', third, 'most that sixteen neighbouring wires lack'),
  feature('lowerHalf', 'layer', third, 'what the lower half of the layer lacks'),
  feature('slope', 'layer', third, 'how surely what lacks grows along the wires'),
  feature('edgeDead', 'layer', evidence, 'the three outermost wires at either end are dead'),
  feature('scatteredDead', 'layer', evidence, 'dead cells within 24 wires, neighbours or not'),
  feature('columnLow', 'superlayer', evidence, 'all four layers together are at two thirds somewhere'),
  feature('jointLow', 'layer', evidence, 'they are at two thirds where this layer agrees'),
  feature(
    'board',
    'superlayer',
    third,
    'most that a board lacks in all four layers against what lies beside it',
  ),
  feature('boardOwn', 'layer', twice, 'this layer there'),
  feature('step', 'superlayer', '2 ln', 'greatest jump between neighbouring groups of eight columns'),
  feature('middleRate', 'layer', twice, 'the whole layer against the middle one of its siblings'),
  feature('middleSignificance', 'layer', 'sd / 4', 'the same over its counting error'),
  feature('historyWindow', 'past', third, 'most that eight or sixteen wires lack against the past'),
  feature('historyHalf', 'past', third, 'what the lower half lacks against the past'),
  feature('historySlope', 'past', third, 'how surely what lacks against the past grows along the wires'),
  feature('historyBoard', 'past', third, 'most that a board lacks in all four layers against the past'),
  feature('historySuperlayer', 'past', twice, 'the superlayer against the past'),
  feature('historyError', 'past', '5 sd of ln', 'counting error of the layer against the past, at most 4'),
  feature('jointlyDead', 'layer', evidence, 'a stretch is dead against siblings and past together'),
  feature('jointlyWeak', 'layer', evidence, 'a stretch is at a third of both'),
  feature('jointlyLow', 'layer', evidence, 'a stretch is at two thirds of both'),
  feature('stridedDead', 'layer', evidence, 'every second or third wire of a stretch is dead'),
  feature('jointEight', 'layer', third, 'most that eight neighbouring wires lack against both'),
  feature('jointSixteen', 'layer', third, 'most that sixteen neighbouring wires lack'),
  feature('jointHalf', 'layer', third, 'what the lower half lacks'),
  feature('jointSlope', 'layer', third, 'how surely what lacks grows along the wires'),
  feature('jointRate', 'layer', twice, 'the whole layer against siblings, as it was beside them before'),
  feature('jointRateSignificance', 'layer', 'sd / 4', 'the same over its error'),
  feature(
    'jointBoard',
    'superlayer',
    third,
    'most that a board lacks in all four layers against sides and past',
  ),
  feature(
    'belowHighest',
    'chamber',
    'sd / 4',
    'the superlayer against the highest other one, over its error',
  ),
  feature('belowLowest', 'chamber', 'sd / 4', 'the superlayer against the lowest other one, over its error'),
  feature('historyRuns', 'past', 'runs / 4', 'good runs before, at most 2'),
  feature('historyLevel', 'past', twice, 'the chamber against the past run by run, lengths known'),
  feature('historyLevelSignificance', 'past', 'sd / 4', 'the same over its error'),
  feature(
    'historyBeside',
    'past',
    twice,
    'the superlayer against the others as it was beside them in each run before',
  ),
  feature('historyBesideSignificance', 'past', 'sd / 4', 'the same over its error'),
  feature(
    'likelyBoard',
    'superlayer',
    third,
    'what a board lacks by likelihood, and by the scatter about the past where there is one',
  ),
] as const;

export type FeatureName = (typeof features)[number]['name'];

export const featureNames: readonly FeatureName[] = features.map(({ name }) => name);
export const featureCount = features.length;

/** Position of each feature in what the network is told. */
export const featureIndex = Object.fromEntries(featureNames.map((name, index) => [name, index])) as Readonly<
  Record<FeatureName, number>
>;

/** Systematic difference of siblings in healthy chambers, sd. */
const siblingSpread = 0.025;

/** Standard deviation of `logRatio` in healthy layers: counting, of the layer and of two siblings, and their spread. */
export function rateError(found: number, expected: number, dispersion: number): number {
  return Math.sqrt(
    dispersion / (positive(found) + 1) + dispersion / (2 * positive(expected) + 1) + siblingSpread ** 2,
  );
}

/** Own cells scatter about a smooth profile by counting and by what all four layers share. */
export function profileDispersionOf(view: ChamberView, index: number): number {
  return Math.max(view.dispersion, view.superlayers[index]!.columnDispersion / 2);
}

/**
 * Which of the other superlayers (0..2) stands highest and which lowest, -1 when there is no other, and how far the superlayer
 * lies above them (log; below 0 when it lies below).
 */
export function againstOthers({ levels }: ChamberView, index: number) {
  let highest = -1;
  let lowest = -1;
  for (let other = 0; other < levels.length; other++) {
    if (other === index || !levels[other]) continue;
    if (highest < 0 || levels[other]!.log > levels[highest]!.log) highest = other;
    if (lowest < 0 || levels[other]!.log < levels[lowest]!.log) lowest = other;
  }
  const own = levels[index]!.log;
  const belowHighest = highest < 0 ? 0 : own - levels[highest]!.log;
  const belowLowest = lowest < 0 ? 0 : own - levels[lowest]!.log;
  return { highest, lowest, belowHighest, belowLowest };
}
