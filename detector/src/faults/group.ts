import type { Region } from './region.ts';

/** Regions of one superlayer that lie at the same place: one fault, seen by several layers. */
export type Group = readonly Region[];

/** Two regions are at the same place when this share of both together is common. */
const common = 0.6;

/** Gathers regions by superlayer and place; regions within two cells of each other at both ends always belong together. */
export function groupRegions(regions: readonly Region[]): Group[] {
  const groups: Region[][] = [];
  for (const region of regions) {
    const group = groups.find(
      ([first]) =>
        first!.row >> 2 === region.row >> 2 && isSamePlace(first!, region) && isSameLevel(first!, region),
    );
    if (group) group.push(region);
    else groups.push([region]);
  }
  return groups;
}

function isSamePlace(a: Region, b: Region): boolean {
  if (Math.abs(a.first - b.first) <= 2 && Math.abs(a.last - b.last) <= 2) return true;
  const shared = Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1;
  const either = Math.max(a.last, b.last) - Math.min(a.first, b.first) + 1;
  return shared / either >= common;
}

/** A dead and a weak region are two faults. */
function isSameLevel(a: Region, b: Region): boolean {
  const level = ({ found, expected }: Region) => found / Math.max(expected, 1e-9);
  return Math.abs(level(a) - level(b)) < 0.25;
}
