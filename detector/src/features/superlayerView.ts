import { columnsOf } from './columns.ts';
import { dispersionOf } from './dispersion.ts';
import { cellEvidence, deadCells, greatestStretch, noStretch, weakCells } from './evidence.ts';
import { roomFor } from '../prepare/memory.ts';
import { fitProfile, refitProfile, type Profile } from './profile.ts';
import { expectFromSiblings, type FourLayers, type Reaches } from './siblings.ts';

/** What the four layers of a superlayer say of each other. */
export interface SuperlayerView {
  readonly layers: FourLayers;
  /** Expected hits per wire of each layer from its siblings. */
  readonly siblings: FourLayers;
  /** Cells to either side that were averaged for that, by layer. */
  readonly reach: Reaches;
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
  /** Nats of the stretch of columns that speaks most for being dead, or weak. */
  readonly strongestDead: number;
  readonly strongestWeak: number;
}

const residuals = new Float64Array(512);
const stretch = noStretch();

/** @param held its estimates are taken over: widths of smoothing, weights of the fit, dispersion. */
export function viewSuperlayer(layers: FourLayers, held?: SuperlayerView): SuperlayerView {
  const [a, b, c, d] = layers;
  const width = Math.max(a.length, b.length, c.length, d.length);
  const siblings: FourLayers = [roomFor(a.length), roomFor(b.length), roomFor(c.length), roomFor(d.length)];
  const reach = expectFromSiblings(layers, siblings, held?.reach);
  const columns = columnsOf(layers, roomFor(width));
  const profile = held ? refitProfile(columns, held.profile) : fitProfile(columns);
  const perLayer = roomFor(width);
  for (let column = 0; column < width; column++) {
    const expected = profile.expected[column]!;
    const residual = columns[column]! - expected;
    residuals[column] = (residual * residual) / (expected < 1 ? 1 : expected);
    perLayer[column] = expected / 4;
  }
  const columnDispersion = held?.columnDispersion ?? dispersionOf(residuals, width, 1);
  const [columnDead, columnWeak] = [roomFor(width), roomFor(width)];
  cellEvidence(columns, profile.expected, columnDispersion, deadCells, columnDead);
  cellEvidence(columns, profile.expected, columnDispersion, weakCells, columnWeak);
  greatestStretch(columnDead, width, stretch);
  const strongestDead = stretch.evidence;
  greatestStretch(columnWeak, width, stretch);
  const strongestWeak = stretch.evidence;
  return {
    layers,
    siblings,
    reach,
    columns,
    profile,
    perLayer,
    columnDispersion,
    columnDead,
    columnWeak,
    strongestDead,
    strongestWeak,
  };
}
