import { dispersionOf } from './dispersion.ts';
import { noDeficit, scanDeficit, type Deficit, type Hypothesis } from './deficit.ts';
import { fitProfile } from './profile.ts';
import { expectFromSiblings, reachFor, smooth, type FourLayers } from './siblings.ts';

export const deadCells: Hypothesis = { level: 0.03, clip: 4 };
export const weakCells: Hypothesis = { level: 0.3, clip: 3 };
export const lowCells: Hypothesis = { level: 0.65, clip: 1.5 };

/** What the four layers of a superlayer say of each other. */
export interface SuperlayerView {
  readonly layers: FourLayers;
  /** Expected hits per wire of each layer from its siblings. */
  readonly siblings: FourLayers;
  /** Hits per column of all four layers, and the smooth profile through the healthy ones. */
  readonly columns: Float64Array;
  readonly profile: Float64Array;
  readonly columnDispersion: number;
  readonly columnDead: Deficit;
  readonly columnWeak: Deficit;
}

const fourLayers = (make: (index: number) => Float64Array): FourLayers => [
  make(0),
  make(1),
  make(2),
  make(3),
];

export function viewSuperlayer(layers: FourLayers): SuperlayerView {
  const siblings = fourLayers((own) => {
    const expected = new Float64Array(layers[own]!.length);
    expectFromSiblings(layers, own, expected);
    return expected;
  });
  const columns = columnsOf(layers);
  const profile = new Float64Array(columns.length);
  fitProfile(columns, profile);
  const columnDispersion = dispersionOf(
    columns.map((hits, column) => (hits - profile[column]!) ** 2 / Math.max(profile[column]!, 1)),
    1,
  );
  const columnDead = noDeficit();
  const columnWeak = noDeficit();
  scanDeficit(columns, profile, columnDispersion, deadCells, columnDead);
  scanDeficit(columns, profile, columnDispersion, weakCells, columnWeak);
  return { layers, siblings, columns, profile, columnDispersion, columnDead, columnWeak };
}

/** Four layers' hits by column, single spikes held down; at the end, where a layer has no cell, scaled to four. */
function columnsOf(layers: FourLayers): Float64Array {
  const width = Math.max(...layers.map((layer) => layer.length));
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
    const limit = present > 1 ? (2 * (sum - highest)) / (present - 1) + 6 : highest;
    columns[column] = ((sum - highest + Math.min(highest, limit)) * 4) / present;
  }
  return columns;
}

/** Expected hits per wire of one layer from the smooth profile, in cells as wide as `wires`. */
export function expectFromProfile({ profile }: SuperlayerView, level: number, into: Float64Array): void {
  for (let wire = 0; wire < into.length; wire++) into[wire] = (profile[wire]! / 4) * level;
}

export { reachFor, smooth };
