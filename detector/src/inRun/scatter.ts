import { layersPerSuperlayer, noWire, superlayers, type Matrix } from '@dtdqm/contract';
import { columnOf, halfOf, type Counts, type Layout } from './counts.ts';
import type { Dispersions } from './search.ts';
import { unitsOf } from './units.ts';

/** Squares of what was found less what was expected, and what plain counting makes of them: of single wires, then of four columns together. */
export type Scatter = readonly [
  wires: number,
  wiresByCounting: number,
  boards: number,
  boardsByCounting: number,
];

/** As if so much had been seen before: few chambers count in lumps, nearly all share muons between layers. */
export const usualScatter: Scatter = [36, 30, 400, 200];

/** Old looks are forgotten by halves from there on, so that numbers stay small and the state of the chamber is that of now. */
const mostRemembered = 100_000;
/** Hits before of a superlayer, below which its wires are not expected well enough. */
const leastHits = 100;
const boardColumns = 4;

/** One noisy cell is no lump. */
const square = (found: number, expected: number) => Math.min((found - expected) ** 2, 20 * expected + 20);

/**
 * Adds what a look says of how counts scatter.
 *
 * @param before counts of all looks before.
 * @param skip superlayers (0..2) in which something is lost.
 */
export function addScatter(
  scatter: Scatter,
  matrix: Matrix,
  before: Counts,
  counts: Counts,
  layout: Layout,
  skip: ReadonlySet<number>,
): Scatter {
  const next: [number, number, number, number] = [...scatter];
  const { wires, width } = layout;
  for (const [superlayer] of superlayers.entries()) {
    const rows = unitsOf(layout).rows[superlayer]!;
    if (rows.length < layersPerSuperlayer || skip.has(superlayer)) continue;
    const start = columnOf(superlayer, 0, width);
    let was = 0;
    let is = 0;
    for (let place = start; place < start + width; place++) {
      was += before[place]!;
      is += counts[place]!;
    }
    if (was < leastHits || is === 0) continue;
    const level = is / was;
    for (let first = 0; first + boardColumns <= width; first += boardColumns) {
      let found = 0;
      let expected = 0;
      for (let place = start + first; place < start + first + boardColumns; place++) {
        found += counts[place]!;
        expected += level * before[place]!;
      }
      next[2] += square(found, expected);
      // It is a part of the hits that the level is known by, and pulls it along.
      next[3] += expected * (1 + level) * Math.max(0, 1 - expected / is);
    }
    const layersAt = unitsOf(layout).layersAt[superlayer]!;
    for (const row of rows) {
      const share = ((before[halfOf(row, 0)]! + before[halfOf(row, 1)]!) / was) * rows.length;
      const own = matrix[row]!;
      for (let column = wires[row]![0]; column <= wires[row]![1]; column++) {
        if (own[column] === noWire) continue;
        const expected = (level * before[start + column]! * share) / layersAt[column]!;
        next[0] += square(own[column]!, expected);
        next[1] += expected * (1 + level / rows.length);
      }
    }
  }
  for (const at of [0, 2] as const) {
    const forget = next[at + 1]! > mostRemembered ? 0.5 : 1;
    next[at] = Math.round(next[at] * forget * 10) / 10;
    next[at + 1] = Math.round(next[at + 1]! * forget * 10) / 10;
  }
  return next;
}

/** Never below plain counting: siblings that fluctuate together are no reason to trust them more. */
export function dispersionsOf([wires, byCounting, boards, boardsByCounting]: Scatter): Dispersions {
  const layers = Math.max(1, wires / byCounting);
  return { layers, boards: Math.max(layers, boards / boardsByCounting) };
}
