import type { FaultKind, Fault } from '@dtdqm/contract';
import { type Group, ratioOf, type Region } from './regions.ts';

/** What a fault looks like. Limits are inclusive; a finding is named after the first template that it fits best. */
export interface FaultTemplate {
  readonly kind: FaultKind;
  /** How many layers of one superlayer show it at the same place; `chamber` means every layer of the chamber. */
  readonly layers: readonly [least: number, most: number] | 'chamber';
  /** Hits found over hits expected inside. */
  readonly ratio: readonly [least: number, most: number];
  /** Width in cells, or as a share of the layer. */
  readonly cells?: readonly [least: number, most: number];
  readonly share?: readonly [least: number, most: number];
  /** The region ends in the middle of the layer and at one of its ends. */
  readonly half?: true;
  /** For people: what usually causes it. */
  readonly cause: string;
  /** Where this is known from. */
  readonly source: string;
}

/** In order of preference: the special before the general. */
export const faultTemplates: readonly FaultTemplate[] = [
  {
    kind: 'dead-chamber',
    layers: 'chamber',
    ratio: [0, 0.05],
    share: [0.9, 1],
    cause: 'power or readout of the chamber',
    source: 'CMS DT data certification: chambers off',
  },
  {
    kind: 'front-end-board',
    layers: [3, 4],
    ratio: [0, 0.25],
    cells: [3, 6],
    cause:
      'a front-end board of 16 channels: four or five neighbouring cells in the four layers of a superlayer',
    source:
      'CMS DT front-end: 16-channel boards; real run 275310, wheel 1, station 2, sector 7, theta wires 5-8',
  },
  {
    kind: 'dead-layer',
    layers: [1, 4],
    ratio: [0, 0.1],
    share: [0.85, 1],
    cause: 'high voltage of the layer off; of all four layers, of the superlayer',
    source: 'CMS DT high voltage: one wire channel per half layer',
  },
  {
    kind: 'dead-half',
    layers: [1, 4],
    ratio: [0, 0.15],
    half: true,
    cause: 'a high-voltage trip, which acts on half layers',
    source: 'CMS DT high voltage: one wire channel per half layer',
  },
  {
    kind: 'dead-region',
    layers: [1, 4],
    ratio: [0, 0.25],
    cells: [3, 200],
    share: [0, 0.85],
    cause: 'readout channels: groups of 16 or 32 neighbouring cells, or a few cells',
    source: 'real run 273158, wheel 0, station 2, sector 12, layer 1; real run 275310',
  },
  {
    kind: 'weak-layer',
    layers: [1, 4],
    ratio: [0, 0.95],
    share: [0.85, 1],
    cause: 'lowered high voltage: the shape is normal, the level is not',
    source: 'real run 302634 at 3200 V: 11 % of the siblings; real run 304740 at 3450 V: 83 %',
  },
  {
    kind: 'weak-region',
    layers: [1, 4],
    ratio: [0, 0.95],
    cells: [1, 200],
    cause: 'threshold, timing or voltage of part of a layer',
    source: 'voltage acts on half layers; readout on groups of cells',
  },
];

/** Cells by which the end of a half may miss the middle of the layer. */
const middleSlack = 3;

/**
 * Names a group of regions after the first template that it fits.
 *
 * @param probability P(bad) of its layers, the mean.
 * @param thinning what its hits were multiplied by.
 */
export function nameGroup(group: Group, probability: number, thinning: number): Fault {
  const total = sumUp(group);
  const template =
    faultTemplates.find((candidate) => fits(candidate, group, ratioOf(total))) ?? faultTemplates.at(-1)!;
  return {
    kind: template.kind,
    layers: group.map(({ row }) => row + 1),
    wires: {
      first: middleOf(group.map(({ first }) => first)) + 1,
      last: middleOf(group.map(({ last }) => last)) + 1,
    },
    confidence: round(probability * certainty(total)),
    ratio: round(ratioOf(total)),
    note: `${template.cause}: ${Math.round(total.found / thinning)} hits where ${Math.round(total.expected / thinning)} were expected`,
  };
}

function fits({ layers, ratio, cells, share, half }: FaultTemplate, group: Group, found: number): boolean {
  if (layers === 'chamber') return false;
  const { first, last, wires } = group[0]!;
  const width = last - first + 1;
  return (
    within(layers, group.length) &&
    within(ratio, found) &&
    (!cells || within(cells, width)) &&
    (!share || within(share, width / wires)) &&
    (!half || isHalf(first, last, wires))
  );
}

function isHalf(first: number, last: number, wires: number): boolean {
  const isMiddle = (cell: number) => Math.abs(cell - wires / 2) <= middleSlack;
  return (first <= 1 && isMiddle(last + 1)) || (last >= wires - 2 && isMiddle(first));
}

/** How sure it is that the hits do not lack by chance, 0..1: from the deficit in standard deviations. */
function certainty({ found, expected }: Pick<Region, 'found' | 'expected'>): number {
  const deviations = (expected - found) / Math.sqrt(expected + 1);
  return 1 - Math.exp(-Math.max(0, deviations) / 2);
}

function sumUp(group: Group): Pick<Region, 'found' | 'expected'> {
  return {
    found: group.reduce((sum, { found }) => sum + found, 0),
    expected: group.reduce((sum, { expected }) => sum + expected, 0),
  };
}

function middleOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1]!;
}

function within([least, most]: readonly [number, number], value: number): boolean {
  return value >= least && value <= most;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
