import type { ChamberWires } from '../prepare/chamberWires.ts';
import { dispersionOf } from './dispersion.ts';
import { featureCount } from './featureNames.ts';
import { expectFromHistory } from './history.ts';
import { superlayerLevels, type SuperlayerLevel } from './levels.ts';
import type { FourLayers } from './siblings.ts';
import { writeLayerFeatures } from './layerFeatures.ts';
import { viewSuperlayer, type SuperlayerView } from './superlayerView.ts';

/** What the features are made of; the judge names faults from it. */
export interface ChamberView {
  /** Superlayers 1..3; null where there is none. */
  readonly superlayers: readonly (SuperlayerView | null)[];
  readonly levels: readonly (SuperlayerLevel | null)[];
  /** Variance over mean of counts against siblings, at least 1. */
  readonly dispersion: number;
}

const residuals = new Float64Array(4096);

export function viewChamber(wires: ChamberWires): ChamberView {
  const superlayers = [0, 1, 2].map((index) => {
    const layers = wires.layers.slice(4 * index, 4 * index + 4);
    return layers.length === 4 && layers.every((layer) => layer !== null)
      ? viewSuperlayer(layers as unknown as FourLayers)
      : null;
  });
  let count = 0;
  for (const view of superlayers) {
    if (!view) continue;
    for (let own = 0; own < 4; own++) {
      const hits = view.layers[own]!;
      const expected = view.siblings[own]!;
      for (let wire = 0; wire < hits.length && count < residuals.length; wire++) {
        if (expected[wire]! > 1) residuals[count++] = (hits[wire]! - expected[wire]!) ** 2 / expected[wire]!;
      }
    }
  }
  const dispersion = dispersionOf(residuals.subarray(0, count));
  return { superlayers, dispersion, levels: superlayerLevels(wires, dispersion) };
}

/**
 * Features of every layer of a chamber that exists (see `featureNames`), row after row from `into[at]` on.
 *
 * @returns rows (0..11) written, in order.
 */
export function writeChamberFeatures(
  wires: ChamberWires,
  view: ChamberView,
  into: Float32Array,
  at: number,
): number[] {
  const rows: number[] = [];
  const history = expectFromHistory(wires);
  view.superlayers.forEach((superlayer, index) => {
    if (!superlayer) return;
    const level = view.levels[index]!;
    const others = view.levels.filter(
      (other, which) => which !== index && other !== null,
    ) as SuperlayerLevel[];
    const logs = others.map(({ log }) => log);
    for (let own = 0; own < 4; own++) {
      writeLayerFeatures(
        {
          view: superlayer,
          own,
          dispersion: view.dispersion,
          belowHighest: logs.length > 0 ? level.log - Math.max(...logs) : 0,
          belowLowest: logs.length > 0 ? level.log - Math.min(...logs) : 0,
          levelError: level.error,
          theta: index === 1,
          outermostStation: wires.chamber.station === 4,
          history: history[4 * index + own] ?? null,
        },
        into,
        at + rows.length * featureCount,
      );
      rows.push(4 * index + own);
    }
  });
  return rows;
}
