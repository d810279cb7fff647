import { layerInSuperlayer, superlayerKind, superlayerOfLayer } from '@dtdqm/contract';
import type { LayerModel } from '../../heatmap/chamberModel.ts';
import { ranges } from '../../words/ranges.ts';

/** A layer's occupancy in one sentence, for those who do not see the picture. */
export function layerSummary({ hits, exists }: LayerModel): string {
  if (!exists) return 'no wires';
  const wires = hits.map((value, cell) => ({ value, wire: cell + 1 })).filter(({ value }) => value >= 0);
  const total = wires.reduce((sum, { value }) => sum + value, 0);
  const mean = (total / Math.max(1, wires.length)).toFixed(1);
  const dead = ranges(wires.filter(({ value }) => value === 0).map(({ wire }) => wire));
  return `${wires.length} wires, ${mean} hits a wire${dead ? `, no hits in wires ${dead}` : ', hits in every wire'}`;
}

/** `SL3 φ, layer 1` of layer 9. */
export function layerName(layer: number): string {
  const superlayer = superlayerOfLayer(layer);
  const kind = superlayerKind(superlayer) === 'phi' ? 'φ' : 'θ';
  return `SL${superlayer} ${kind}, layer ${layerInSuperlayer(layer)}`;
}
