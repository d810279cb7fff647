import { layersPerSuperlayer, type Fault } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { healthyHits } from './healthyBaseline.ts';

/** Neighbouring wires whose level is taken together. */
const blockWires = 4;
/** Wires at either end that are not looked at: staggered layers and shadows make them differ. */
const edgeWires = 3;
const leastBlocks = 5;
/** Hits that are expected of a block, over the dispersion: the scatter of fewer has longer tails than its variance says. */
const leastOfBlock = 10;
/** Variance of a block over that of its own counts: siblings, of which the expectation is made, are counted too; leaving out the worst wire lowers it. */
const blockVariance = 1.2;
/**
 * From how many standard deviations a layer is uneven, from which unevenness, and how many times as uneven as its siblings, over counting: where hits
 * come in lumps all four are. In simulated chambers 1 of 2,000 healthy layers; of layers with waves of 35 %, seven of ten.
 */
const unevenDeviations = 6;
const unevenFrom = 0.12;
const overSiblings = 2.5;

/**
 * A layer whose wires count unevenly beside those of its siblings, here more and there less, without one place that lacks hits: no healthy layer does,
 * and whether it is bad is for experts to say.
 *
 * @param row 0..11.
 * @param expected hits per wire were the layer healthy.
 */
export function unevenness(
  view: ChamberView,
  row: number,
  hits: Float64Array,
  expected: Float64Array,
): Fault | undefined {
  const own = unevennessOf(view, hits, expected);
  if (!own || own.deviations < unevenDeviations || own.spread < unevenFrom) return undefined;
  const { layers } = view.superlayers[row >> 2]!;
  const siblings = [0, 1, 2, 3]
    .filter((other) => other !== row % layersPerSuperlayer)
    .flatMap((other) => unevennessOf(view, layers[other]!, healthyHits(view, row - (row & 3) + other)) ?? [])
    .map(({ overCounting }) => overCounting)
    .sort((a, b) => a - b);
  if (own.overCounting < overSiblings * (siblings[siblings.length >> 1] ?? 1)) return undefined;
  const columns = view.columns[row]!;
  return {
    kind: 'uneven-layer',
    layers: [row + 1],
    wires: { first: columns[0]! + 1, last: columns.at(-1)! + 1 },
    confidence: Math.round(1000 * (1 - Math.exp(-own.deviations / 4))) / 1000,
    // Not the spread itself, which a few layers with few hits reach by chance.
    unevenness: Math.round(10 * own.deviations) / 10,
    note: `neighbouring wires differ by ${Math.round(100 * own.spread)} % (standard deviation) more than counting explains, which those of its siblings do not; usual cause: thresholds or voltages that differ along the layer`,
  };
}

interface Unevenness {
  /** Mean square of what blocks differ by, over what counting lets expect. */
  readonly overCounting: number;
  /** How far that is above 1, in its standard deviations. */
  readonly deviations: number;
  /** Standard deviation of the levels of blocks over that of the layer, what counting adds taken off. */
  readonly spread: number;
}

/** Undefined where there are too few wires or hits. */
function unevennessOf(view: ChamberView, hits: Float64Array, expected: Float64Array): Unevenness | undefined {
  const blocks: Block[] = [];
  for (let from = edgeWires; from + blockWires <= hits.length - edgeWires; from += blockWires) {
    const to = from + blockWires;
    const block = levelOf(hits.subarray(from, to), expected.subarray(from, to));
    if (block.expected >= leastOfBlock * view.dispersion) blocks.push(block);
  }
  if (blocks.length < leastBlocks) return undefined;
  const middle = blocks.map(({ level }) => level).sort((a, b) => a - b)[blocks.length >> 1]!;
  if (middle <= 0) return undefined;
  const varianceOf = (block: Block) => (blockVariance * view.dispersion) / (block.expected * middle);
  const squareOf = (block: Block) => (block.level / middle - 1) ** 2;
  const overCounting = sumOf(blocks, (block) => squareOf(block) / varianceOf(block)) / blocks.length;
  const excess = sumOf(blocks, (block) => squareOf(block) - varianceOf(block)) / blocks.length;
  return {
    overCounting,
    deviations: (overCounting - 1) * Math.sqrt(blocks.length / 2),
    spread: Math.sqrt(Math.max(0, excess)),
  };
}

interface Block {
  /** Hits over what is expected. */
  readonly level: number;
  readonly expected: number;
}

/** Of all wires but dead ones and the one that misses the common level by most: single cells are listed for themselves. */
function levelOf(hits: Float64Array, expected: Float64Array): Block {
  const common = sum(hits) / Math.max(sum(expected), 1);
  let [found, wanted, worst, most] = [0, 0, 0, -1];
  for (let wire = 0; wire < hits.length; wire++) {
    if (hits[wire] === 0) continue;
    found += hits[wire]!;
    wanted += expected[wire]!;
    const missed = Math.abs(hits[wire]! - common * expected[wire]!) / Math.sqrt(expected[wire]! + 1);
    if (missed > most) [worst, most] = [wire, missed];
  }
  const rest = wanted - expected[worst]!;
  return { level: (found - hits[worst]!) / Math.max(rest, 1), expected: rest };
}
