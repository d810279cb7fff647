import type { FourLayers } from './siblings.ts';

/** Held at this many times the mean of the others, and a few hits: a spike in one layer is no excess of the column. */
const held = 2;
const heldHits = 6;

/** Hits of all four layers by column; at the end, where a layer has no cell, scaled to four. */
export function columnsOf(layers: FourLayers): Float64Array {
  const width = widestOf(layers);
  const columns = new Float64Array(width);
  for (let column = 0; column < width; column++) {
    let sum = 0;
    let highest = 0;
    let present = 0;
    for (let layer = 0; layer < 4; layer++) {
      const own = layers[layer]!;
      if (column >= own.length) continue;
      const hits = own[column]!;
      sum += hits;
      present += 1;
      if (hits > highest) highest = hits;
    }
    const limit = present > 1 ? (held * (sum - highest)) / (present - 1) + heldHits : highest;
    columns[column] = ((highest < limit ? sum : sum - highest + limit) * 4) / present;
  }
  return columns;
}

/** Takes a gradient by column on to the hits of the four layers, added to `into`. */
export function pullColumns(layers: FourLayers, gradient: Float64Array, into: readonly Float64Array[]): void {
  for (let column = 0; column < gradient.length; column++) {
    if (gradient[column] === 0) continue;
    const present = [0, 1, 2, 3].filter((layer) => column < layers[layer]!.length);
    const hits = present.map((layer) => layers[layer]![column]!);
    const highest = hits.indexOf(Math.max(...hits));
    const rest = hits.reduce((sum, value) => sum + value, 0) - hits[highest]!;
    const limited = present.length > 1 && hits[highest]! >= (held * rest) / (present.length - 1) + heldHits;
    const perHit = (gradient[column]! * 4) / present.length;
    present.forEach((layer, index) => {
      const share = !limited ? 1 : index === highest ? 0 : 1 + held / (present.length - 1);
      into[layer]![column]! += perHit * share;
    });
  }
}

function widestOf(layers: FourLayers): number {
  let width = 0;
  for (let layer = 0; layer < 4; layer++) if (layers[layer]!.length > width) width = layers[layer]!.length;
  return width;
}
