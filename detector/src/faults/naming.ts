import type { Fault, FaultKind } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { ratioOf, type NumberedRegion, type Region } from './regions.ts';

type Limits = readonly [least: number, most: number];

/** What a fault of neighbouring cells looks like. Limits are inclusive. */
interface FaultTemplate {
  /** How many layers of one superlayer show it at the same place. */
  readonly layers: Limits;
  /** Hits found over hits expected inside. */
  readonly ratio: Limits;
  /** Width in cells, or as a share of the layer. */
  readonly cells?: Limits;
  readonly share?: Limits;
  /** The region ends in the middle of the layer and at one of its ends; or at one of them, no matter how wide it is. */
  readonly half?: true;
  readonly edge?: true;
  /** For people: what usually causes it. */
  readonly cause: string;
}

/**
 * Kinds that are told without a template: of whole chambers in `wholeChamber.ts`, of single cells and of what counts unevenly in
 * `ownFindings.ts`, of what counts too much in `excess.ts`, of wires that are mixed up in `mapping.ts`.
 */
type ToldOtherwise =
  | 'dead-chamber'
  | 'weak-chamber'
  | 'low-statistics'
  | 'dead-cells'
  | 'noisy-cell'
  | 'scattered-dead'
  | 'hot-layer'
  | 'noisy-region'
  | 'mapping'
  | 'uneven-layer';

/** In order of preference, the special before the general: a group of regions is named after the first that it fits. */
const templates: Readonly<Record<Exclude<FaultKind, ToldOtherwise>, FaultTemplate>> = {
  // 16-channel boards; real run 275310, wheel 1, station 2, sector 7, theta wires 5-8.
  'front-end-board': {
    layers: [3, 4],
    ratio: [0, 0.25],
    cells: [3, 6],
    cause: 'a front-end board is off: it reads four or five neighbouring wires of all four layers',
  },
  'weak-board': {
    layers: [3, 4],
    ratio: [0.25, 0.9],
    cells: [3, 8],
    cause: 'threshold or timing of a front-end board, which reads four or five wires of all four layers',
  },
  // CMS DT high voltage: one wire channel per half layer.
  'dead-layer': {
    layers: [1, 4],
    ratio: [0, 0.1],
    share: [0.85, 1],
    cause: 'high voltage off, of the layer or of the whole superlayer',
  },
  'dead-half': {
    layers: [1, 4],
    ratio: [0, 0.15],
    half: true,
    cause: 'a high-voltage trip, which acts on half a layer',
  },
  'edge-dead': {
    layers: [1, 4],
    ratio: [0, 0.25],
    cells: [2, 6],
    edge: true,
    cause: 'a connector or the end of a board, as these are the outermost wires',
  },
  // Real run 273158, wheel 0, station 2, sector 12, layer 1; real run 275310.
  'dead-region': {
    layers: [1, 4],
    ratio: [0, 0.25],
    cells: [3, 200],
    share: [0, 0.85],
    cause: 'readout channels: one by one, or in groups of 16 or 32 wires',
  },
  'weak-superlayer': {
    layers: [3, 4],
    ratio: [0.1, 0.97],
    share: [0.85, 1],
    cause: 'voltage, gas or trigger of a whole superlayer',
  },
  // Real run 302634 at 3200 V: 11 % of the siblings; real run 304740 at 3450 V: 83 %.
  'weak-layer': {
    layers: [1, 4],
    ratio: [0, 0.95],
    share: [0.85, 1],
    cause: 'lowered high voltage, as the shape is normal and the level is not',
  },
  // Voltage acts on half layers; readout on groups of cells.
  'weak-region': {
    layers: [1, 4],
    ratio: [0, 0.95],
    cells: [1, 200],
    cause: 'threshold, timing or voltage of part of a layer',
  },
};

/** Cells by which the end of a half may miss the middle of the layer. */
const middleSlack = 3;

/**
 * Names regions of one superlayer that lie at the same place, see `groupRegions`; what fits no template is a weak region.
 *
 * @param probability P(bad) of its layers, the mean.
 * @param thinning what its hits were multiplied by.
 * @param dispersion variance over mean of healthy counts.
 */
export function nameGroup(
  group: readonly NumberedRegion[],
  probability: number,
  thinning: number,
  dispersion = 1,
): Fault {
  const found = sumOf(group, (region) => region.found);
  const expected = sumOf(group, (region) => region.expected);
  const ratio = ratioOf({ found, expected });
  const kinds = Object.keys(templates) as (keyof typeof templates)[];
  const kind = kinds.find((each) => fits(templates[each], group, ratio)) ?? 'weak-region';
  // How sure it is that the hits do not lack by chance: from the deficit in standard deviations.
  const deviations = (expected - found) / Math.sqrt(expected + 1);
  const certainty = 1 - Math.exp(-Math.max(0, deviations) / 2);
  return {
    kind,
    layers: group.map(({ row }) => row + 1),
    wires: {
      first: middleOf(group.map(({ numbers }) => numbers.first)),
      last: middleOf(group.map(({ numbers }) => numbers.last)),
    },
    confidence: round(probability * certainty),
    ratio: round(ratio),
    ratioRange: rangeOf(found, expected, dispersion),
    note: `${Math.round(found / thinning)} hits where ${Math.round(expected / thinning)} were expected${slopeIn(group)}; usual cause: ${templates[kind].cause}`,
  };
}

/** What layers of a superlayer differ by in a healthy chamber, and a past from it (sd). */
const layerSpread = 0.03;
const twoSided = 1.96;

/** 95 % interval of found over expected hits: what is expected is counted, too, in siblings, neighbours or the past. */
function rangeOf(found: number, expected: number, dispersion: number): { low: number; high: number } {
  const ratio = ratioOf({ found, expected });
  const counting = (dispersion * (found + 1)) / Math.max(expected, 1) ** 2;
  const reference = ratio ** 2 * (dispersion / Math.max(expected, 1) + layerSpread ** 2);
  const error = twoSided * Math.sqrt(counting + reference);
  return { low: round(Math.max(0, ratio - error)), high: round(ratio + error) };
}

/** For people: that a layer lacks more and more along its wires. */
function slopeIn(group: readonly NumberedRegion[]): string {
  const { slope, numbers } = group[0]!;
  if (!slope) return '';
  const level = `${Math.round(100 * slope.level)} %`;
  const [at, beyond] = slope.how === 'falls' ? ['100 %', level] : [level, '100 %'];
  return `, ${slope.how} from ${at} at wire ${numbers.first} to ${beyond} at wire ${numbers.last}`;
}

function fits(template: FaultTemplate, group: readonly Region[], found: number): boolean {
  const { layers, ratio, cells, share, half, edge } = template;
  const { first, last, wires } = group[0]!;
  const width = last - first + 1;
  return (
    within(layers, group.length) &&
    within(ratio, found) &&
    (!cells || within(cells, width)) &&
    (!share || within(share, width / wires)) &&
    (!half || isHalf(first, last, wires)) &&
    (!edge || first === 0 || last === wires - 1)
  );
}

function isHalf(first: number, last: number, wires: number): boolean {
  const isMiddle = (cell: number) => Math.abs(cell - wires / 2) <= middleSlack;
  return (first <= 1 && isMiddle(last + 1)) || (last >= wires - 2 && isMiddle(first));
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

function within([least, most]: Limits, value: number): boolean {
  return value >= least && value <= most;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
