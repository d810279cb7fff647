import { columnsOf } from './columns.ts';
import { dispersionOf } from './dispersion.ts';
import { cellEvidence, deadCells, weakCells } from './evidence.ts';
import { fitProfile, type Profile } from './profile.ts';
import { expectFromSiblings, type FourLayers } from './siblings.ts';

/** What the four layers of a superlayer say of each other. */
export interface SuperlayerView {
  readonly layers: FourLayers;
  /** Expected hits per wire of each layer from its siblings. */
  readonly siblings: FourLayers;
  /** Cells to either side that were averaged for that, by layer. */
  readonly reach: readonly number[];
  /** Hits per column of all four layers, and what the healthy columns let expect there. */
  readonly columns: Float64Array;
  readonly profile: Profile;
  /** The profile per layer: a quarter of it. */
  readonly perLayer: Float64Array;
  /** Variance over mean of columns about the profile, at least 1. */
  readonly columnDispersion: number;
  /** Evidence of each column for being dead or weak as a whole. */
  readonly columnDead: Float64Array;
  readonly columnWeak: Float64Array;
}

const residuals = new Float64Array(512);

export function viewSuperlayer(layers: FourLayers): SuperlayerView {
  const siblings: FourLayers = [
    emptyAs(layers[0]),
    emptyAs(layers[1]),
    emptyAs(layers[2]),
    emptyAs(layers[3]),
  ];
  const reach = siblings.map((expected, own) => expectFromSiblings(layers, own, expected));
  const columns = columnsOf(layers);
  const profile = fitProfile(columns);
  const perLayer = new Float64Array(columns.length);
  for (let column = 0; column < columns.length; column++) {
    const expected = profile.expected[column]!;
    const residual = columns[column]! - expected;
    residuals[column] = (residual * residual) / (expected < 1 ? 1 : expected);
    perLayer[column] = expected / 4;
  }
  const columnDispersion = dispersionOf(residuals, columns.length, 1);
  const columnDead = new Float64Array(columns.length);
  const columnWeak = new Float64Array(columns.length);
  cellEvidence(columns, profile.expected, columnDispersion, deadCells, columnDead);
  cellEvidence(columns, profile.expected, columnDispersion, weakCells, columnWeak);
  return { layers, siblings, reach, columns, profile, perLayer, columnDispersion, columnDead, columnWeak };
}

function emptyAs(layer: Float64Array): Float64Array {
  return new Float64Array(layer.length);
}
