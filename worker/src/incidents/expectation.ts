import { layersOfSuperlayer, superlayerOfLayer, type Matrix } from '@dtdqm/contract';
import { layersIn, type Spans } from './spans.ts';

/**
 * Hits of a fault's wires over those of the same wires in the good layers of its superlayer, which agree within a few
 * per cent where all is well.
 *
 * @param bad layers that are no measure for others.
 * @returns null where no layer is left to compare with, or those have no hits.
 */
export function ratioToSiblings(matrix: Matrix, spans: Spans, bad: readonly number[]): number | null {
  const own = layersIn(spans);
  let found = 0;
  let expected = 0;
  for (const { layer, first, last } of spans) {
    const siblings = layersOfSuperlayer(superlayerOfLayer(layer)).filter(
      (other) => !own.includes(other) && !bad.includes(other),
    );
    if (siblings.length === 0) continue;
    found += hitsOn(matrix, layer, first, last);
    const others = siblings.map((other) => hitsOn(matrix, other, first, last));
    expected += others.reduce((sum, hits) => sum + hits, 0) / others.length;
  }
  return expected > 0 ? found / expected : null;
}

/** Of the absolute attributions in the fault's layers, the share on its wires; null where there are none. */
export function saliencyShare(
  saliency: readonly (readonly number[])[],
  matrix: Matrix,
  spans: Spans,
): number | null {
  let inside = 0;
  let all = 0;
  for (const layer of layersIn(spans)) {
    const reaches = spans.filter((span) => span.layer === layer);
    saliency[layer - 1]?.forEach((value, x) => {
      if ((matrix[layer - 1]?.[x] ?? -1) < 0) return;
      all += Math.abs(value);
      if (reaches.some(({ first, last }) => x + 1 >= first && x + 1 <= last)) inside += Math.abs(value);
    });
  }
  return all > 0 ? inside / all : null;
}

function hitsOn(matrix: Matrix, layer: number, first: number, last: number): number {
  return (matrix[layer - 1] ?? []).slice(first - 1, last).reduce((sum, hits) => sum + Math.max(0, hits), 0);
}
