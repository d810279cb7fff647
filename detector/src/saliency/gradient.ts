import { formatChamber, type ChamberId } from '@dtdqm/contract';
import { fnv1a, normal, seededRandom } from '@dtdqm/contract/random';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { addGradientAt, zerosLike, type Saliency, levelOf } from './saliency.ts';

/**
 * The gradient of logit(bad) - logit(good) by the hits of every wire (Simonyan et al., 2013). Positive: one hit more
 * would speak for bad, so dead wires come out negative. Units: logits a hit.
 */
export const gradient: Saliency = (model, chambers, { layer }) => {
  const result = chambers.map(zerosLike);
  addGradientAt(model, chambers, layer, result);
  return result;
};

const defaultPasses = 50;
/** Standard deviation of the noise over the level of the layer; 10 to 20 % is what its authors recommend. */
const noiseLevel = 0.15;

/**
 * SmoothGrad (Smilkov et al., 2017): the mean gradient over noisy copies of the chamber. Sign and units as `gradient`.
 */
export const smoothGrad: Saliency = (model, chambers, { layer, seed = 0, passes = defaultPasses }) => {
  const sums = chambers.map(zerosLike);
  for (let pass = 0; pass < passes; pass++) {
    const noisy = chambers.map((chamber) => withNoise(chamber, seed, pass));
    addGradientAt(model, noisy, layer, sums);
  }
  for (const rows of sums) {
    for (const values of rows) values?.forEach((value, wire) => (values[wire] = value / passes));
  }
  return sums;
};

/** A copy of the chamber with noise that depends on seed, chamber and pass alone. */
export function withNoise(chamber: ChamberWires, seed: number, pass: number): ChamberWires {
  const layers = chamber.layers.map((wires, row) => {
    if (!wires) return null;
    const noise = noiseFor(seed, chamber.chamber, row, pass);
    const deviation = noiseLevel * levelOf(wires);
    return wires.map((hits, wire) => hits + deviation * noise(wire));
  });
  return { ...chamber, layers };
}

const tableSize = 1 << 16;
const tables = new Map<number, Float32Array>();

/**
 * Standard normal deviates for one layer of one chamber in one pass: read from a table made once for each seed, because
 * drawing them afresh would take longer than the network. Depends on its arguments alone, not on what else is explained.
 */
function noiseFor(seed: number, chamber: ChamberId, row: number, pass: number): (wire: number) => number {
  const table = tableFor(seed);
  const start = fnv1a(`${seed}/${formatChamber(chamber)}/${row}/${pass}`);
  return (wire) => table[(start + wire) % tableSize]!;
}

function tableFor(seed: number): Float32Array {
  const known = tables.get(seed);
  if (known) return known;
  const table = new Float32Array(tableSize);
  const random = seededRandom(fnv1a(`noise ${seed}`));
  for (let index = 0; index < tableSize; index++) table[index] = normal(random);
  tables.set(seed, table);
  return table;
}
