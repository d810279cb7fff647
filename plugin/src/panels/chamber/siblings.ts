import { layersOfSuperlayer, superlayerOfLayer } from '@dtdqm/contract';
import { median } from '@dtdqm/contract/numbers';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';

/**
 * Hits that a wire's neighbours let one expect: the median over the other layers of its superlayer, at this wire and the ones
 * beside it. Null when there are no such wires.
 */
export function siblingMedian(model: ChamberModel, layer: number, wire: number): number | null {
  const siblings = layersOfSuperlayer(superlayerOfLayer(layer)).filter((other) => other !== layer);
  const hits = siblings
    .flatMap((other) => [wire - 2, wire - 1, wire].map((cell) => model.layers[other - 1]?.hits[cell] ?? -1))
    .filter((value) => value >= 0);
  return hits.length > 0 ? median(hits) : null;
}
