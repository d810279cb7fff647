import { superlayersOf, type Superlayer } from '@dtdqm/contract';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import { superlayerRatio } from './superlayerRatios.ts';

export interface SuperlayerLevel {
  /** Logarithm of hits per wire over what the ratio table gives it; the upper two of four layers count. */
  readonly log: number;
  /** Its standard deviation from counting. */
  readonly error: number;
}

/** Floor that keeps logarithms finite: half a hit in a superlayer. */
const halfHit = 0.5;

/** Level of each superlayer 1..3 in units that are the same for all of a healthy chamber; null where there is none. */
export function superlayerLevels(
  { chamber, layers }: ChamberWires,
  dispersion: number,
): readonly (SuperlayerLevel | null)[] {
  const built: readonly Superlayer[] = superlayersOf(chamber.station);
  return ([1, 2, 3] as const).map((superlayer) => {
    const own = layers.slice((superlayer - 1) * 4, superlayer * 4).filter((layer) => layer !== null);
    if (!built.includes(superlayer) || own.length === 0) return null;
    const means = own.map(meanOfWires).sort((a, b) => b - a);
    const upper = ((means[0] ?? 0) + (means[1] ?? means[0] ?? 0)) / 2;
    const hits = upper * own[0]!.length * 2;
    const ratio = superlayerRatio(chamber.station, chamber.wheel, superlayer);
    return {
      log: Math.log(Math.max(upper, halfHit / own[0]!.length) / ratio),
      error: Math.sqrt(dispersion / Math.max(hits, 1)),
    };
  });
}

/** Mean of a layer with each cell held at four times the layer's typical one, so that a noisy cell does not lift it. */
export function meanOfWires(layer: Float64Array): number {
  let sum = 0;
  for (let wire = 0; wire < layer.length; wire++) sum += layer[wire]!;
  const limit = (4 * sum) / layer.length + 8;
  let held = 0;
  for (let wire = 0; wire < layer.length; wire++) held += layer[wire]! < limit ? layer[wire]! : limit;
  return held / layer.length;
}
