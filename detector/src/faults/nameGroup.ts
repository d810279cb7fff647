import type { Fault } from '@dtdqm/contract';
import type { Group } from './group.ts';
import { ratioOf, type Region } from './region.ts';
import { faultTemplates, type FaultTemplate } from './templates.ts';

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
