import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';

/** Twelve rows of zeros, one for each wire; null where there is no layer. */
export function zerosLike({ layers }: ChamberWires): LayerWires {
  return layers.map((wires) => (wires ? new Float64Array(wires.length) : null));
}
