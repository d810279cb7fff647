import { type Fault, layersPerSuperlayer } from '@dtdqm/contract';
import { sum, sumOf } from '@dtdqm/contract/numbers';
import type { ChamberView } from '../features/chamberView.ts';
import { zeros } from '../prepare/arrayPool.ts';
import { excessOf, sharedExcess } from './excess.ts';
import { healthyHits } from './healthyBaseline.ts';
import { type Group, isOneSided, lackingGroups, type LackingLayer } from './lackingWires.ts';
import { mappingFaults } from './mapping.ts';
import { toleratedDead } from './scatteredDead.ts';
import type { Columns } from '../prepare/grid.ts';

/** What the wires of a chamber tell, whatever a network says of them. */
interface OwnFindings {
  /** Layers whose wires may be mixed up. */
  readonly mapping: readonly Fault[];
  /** What layers of a superlayer count too much together. */
  readonly shared: readonly Fault[];
  /** @param row 0..11, of a layer that exists. */
  ofLayer(row: number): LayerFindings;
  /** Where layers that are called bad lack hits, if these are: see {@link lackingGroups}. */
  lackingIn(bad: readonly LackingLayer[]): readonly Group[];
}

/** Each is looked for when it is first asked for. */
interface LayerFindings {
  readonly hits: Float64Array;
  /** Hits of the whole layer were it healthy, and of each wire. */
  readonly expectedHits: number;
  readonly perWire: number;
  /** It counts too much, as a whole or somewhere. */
  excess(): Fault | undefined;
  /** Dead wires here and there, or uneven counts. */
  scattered(): Fault | undefined;
  singleCells(): readonly Fault[];
}

const known = new WeakMap<ChamberView, OwnFindings>();

/**
 * Found once a chamber: a retraining judges the same chambers by two models and their siblings, and for each of these at some ten limits. Looked
 * for anew each time, these findings took two thirds of that.
 */
export function ownFindings(view: ChamberView): OwnFindings {
  let findings = known.get(view);
  if (findings === undefined) {
    const layers: (LayerFindings | undefined)[] = [];
    const lacking = new Map<string, readonly Group[]>();
    findings = {
      mapping: mappingFaults(view).filter(({ layers: [layer], wires }) => {
        const row = layer! - 1;
        return wires === null || !isOneSided(view, { row, hits: hitsOf(view, row) });
      }),
      shared: sharedExcess(view),
      ofLayer: (row) => (layers[row] ??= layerFindings(view, row)),
      lackingIn(bad) {
        const rows = bad.map(({ row }) => row).join();
        const groups = lacking.get(rows) ?? lackingGroups(view, bad);
        lacking.set(rows, groups);
        return groups;
      },
    };
    known.set(view, findings);
  }
  return findings;
}

function layerFindings(view: ChamberView, row: number): LayerFindings {
  const hits = hitsOf(view, row);
  const expected = healthyHits(view, row, zeros(hits.length));
  const expectedHits = sum(expected);
  return {
    hits,
    expectedHits,
    perWire: expectedHits / expected.length,
    excess: once(() => excessOf(view, row, hits, expected)),
    scattered: once(() => toleratedDead(view, row, hits, expected) ?? unevenness(view, row, hits, expected)),
    singleCells: once(() => singleCellFaults(row, view.columns[row]!, hits, expected, view.dispersion)),
  };
}

function hitsOf(view: ChamberView, row: number): Float64Array {
  return view.superlayers[row >> 2]!.layers[row & 3]!;
}

function once<Found>(find: () => Found): () => Found {
  let found: { readonly is: Found } | undefined;
  return () => (found ??= { is: find() }).is;
}

/** How unlikely a dead or noisy cell must be by chance, as nats: 700 cells a chamber leave about one in 50 chambers. */
const surprise = 10;
/** Runs of dead cells longer than this are regions, and the layer is judged for them. */
const longestRun = 3;
const noisyFrom = 2;
const noisySd = 6;

/**
 * Dead cells (in runs of up to three) and noisy cells of one layer: listed, though no reason to call it bad.
 *
 * @param columns of the histogram, from 0, in which its wires stand.
 * @param expected hits per wire were the layer healthy.
 */
export function singleCellFaults(
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): Fault[] {
  const faults: Fault[] = [];
  addDeadRuns(faults, row, columns, hits, expected, dispersion);
  addNoisyCells(faults, row, columns, hits, expected, dispersion);
  return faults;
}

function addDeadRuns(
  faults: Fault[],
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): void {
  for (let first = 0; first < hits.length; first++) {
    if (!isDead(hits[first]!, expected[first]!)) continue;
    let last = first;
    let lacking = 0;
    while (last < hits.length && isDead(hits[last]!, expected[last]!)) lacking += expected[last++]!;
    const cells = last - first;
    if (cells <= longestRun && lacking / dispersion > surprise) {
      faults.push({
        kind: 'dead-cells',
        layers: [row + 1],
        wires: { first: columns[first]! + 1, last: columns[last - 1]! + 1 },
        confidence: confidenceOf(lacking / dispersion),
        ratio: 0,
      });
    }
    first = last;
  }
}

function isDead(hits: number, expected: number): boolean {
  return hits <= 0.03 * expected && expected > 0;
}

function addNoisyCells(
  faults: Fault[],
  row: number,
  columns: Columns,
  hits: Float64Array,
  expected: Float64Array,
  dispersion: number,
): void {
  for (let wire = 0; wire < hits.length; wire++) {
    const found = hits[wire]!;
    const wanted = expected[wire]!;
    if (found < noisyFrom * wanted + 4) continue;
    const deviations = (found - wanted) / Math.sqrt(dispersion * wanted + 1);
    if (deviations < noisySd) continue;
    faults.push({
      kind: 'noisy-cell',
      layers: [row + 1],
      wires: { first: columns[wire]! + 1, last: columns[wire]! + 1 },
      confidence: confidenceOf(deviations * 2),
      ...(wanted > 0 ? { ratio: Math.round((100 * found) / wanted) / 100 } : {}),
    });
  }
}

function confidenceOf(nats: number): number {
  return Math.round(1000 * (1 - Math.exp(-nats / 5))) / 1000;
}

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
function unevenness(
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
