import type { FourLayers } from './siblings.ts';

/** Held at this many times the mean of the others, and a few hits: a spike in one layer is no excess of the column. */
const held = 2;
const heldHits = 6;

/** Hits of all four layers by column, written `into`; at the end, where a layer has no cell, scaled to four. */
export function columnsOf(layers: FourLayers, into: Float64Array): Float64Array {
  const [a, b, c, d] = layers;
  const complete = Math.min(a.length, b.length, c.length, d.length);
  for (let column = 0; column < complete; column++) {
    const x = a[column]!;
    const y = b[column]!;
    const z = c[column]!;
    const w = d[column]!;
    const sum = x + y + z + w;
    const highest = greater(greater(x, y), greater(z, w));
    const limit = (held / 3) * (sum - highest) + heldHits;
    into[column] = highest < limit ? sum : sum - highest + limit;
  }
  for (let column = complete; column < into.length; column++) into[column] = incompleteColumn(layers, column);
  return into;
}

function incompleteColumn(layers: FourLayers, column: number): number {
  let sum = 0;
  let highest = 0;
  let present = 0;
  for (const layer of layers) {
    if (column >= layer.length) continue;
    const hits = layer[column]!;
    sum += hits;
    present += 1;
    if (hits > highest) highest = hits;
  }
  const limit = present > 1 ? (held * (sum - highest)) / (present - 1) + heldHits : highest;
  return ((highest < limit ? sum : sum - highest + limit) * 4) / present;
}

/** Without a jump, see `siblings.ts`. */
function greater(one: number, other: number): number {
  return 0.5 * (one + other + Math.abs(one - other));
}

/** Takes a gradient by column on to the hits of the four layers, added to `into`. */
export function pullColumns(layers: FourLayers, gradient: Float64Array, into: readonly Float64Array[]): void {
  for (let column = 0; column < gradient.length; column++) {
    if (gradient[column] === 0) continue;
    let present = 0;
    let sum = 0;
    let highest = -1;
    for (let own = 0; own < 4; own++) {
      const hits = layers[own]![column];
      if (hits === undefined) continue;
      present += 1;
      sum += hits;
      if (highest < 0 || hits > layers[highest]![column]!) highest = own;
    }
    const most = layers[highest]![column]!;
    const limited = present > 1 && most >= (held * (sum - most)) / (present - 1) + heldHits;
    const perHit = (gradient[column]! * 4) / present;
    const perOther = limited ? perHit * (1 + held / (present - 1)) : perHit;
    for (let own = 0; own < 4; own++) {
      if (column >= layers[own]!.length) continue;
      into[own]![column]! += own !== highest ? perOther : limited ? 0 : perHit;
    }
  }
}
