import { superlayersOf, type ChamberId } from '@dtdqm/contract';
import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';
import { dispersionOf } from './dispersion.ts';
import { expectFromHistory } from './history.ts';
import { superlayerLevel, type SuperlayerLevel } from './levels.ts';
import type { FourLayers } from './siblings.ts';
import { viewSuperlayer, type SuperlayerView } from './superlayerView.ts';

/** What is known of a chamber before any layer is judged; the judge names faults from it. */
export interface ChamberView {
  readonly chamber: ChamberId;
  /** Superlayers 1..3 at index 0..2; null where there is none. */
  readonly superlayers: readonly (SuperlayerView | null)[];
  readonly levels: readonly (SuperlayerLevel | null)[];
  /** Variance over mean of counts against siblings, at least 1. */
  readonly dispersion: number;
  /** Expected hits from recent good runs; undefined when there are none. */
  readonly history: LayerWires | undefined;
}

/** The scatter of a reference made of two siblings. */
const referenceScatter = 1.4;
const residuals = new Float64Array(4096);

export function viewChamber(wires: ChamberWires): ChamberView {
  const superlayers: (SuperlayerView | null)[] = [null, null, null];
  let count = 0;
  for (const superlayer of superlayersOf(wires.chamber.station)) {
    const layers = fourLayers(wires.layers, superlayer - 1);
    if (!layers) continue;
    const view = viewSuperlayer(layers);
    superlayers[superlayer - 1] = view;
    count = collectResiduals(view, count);
  }
  const dispersion = dispersionOf(residuals, count, referenceScatter);
  const levels = superlayers.map((view, index) =>
    view ? superlayerLevel(wires.chamber, (index + 1) as 1 | 2 | 3, view.layers, dispersion) : null,
  );
  return { chamber: wires.chamber, superlayers, levels, dispersion, history: expectFromHistory(wires) };
}

function fourLayers(layers: LayerWires, index: number): FourLayers | null {
  const [a, b, c, d] = layers.slice(4 * index, 4 * index + 4);
  return a && b && c && d ? [a, b, c, d] : null;
}

/** Every other cell is enough for a median. */
function collectResiduals({ layers, siblings }: SuperlayerView, count: number): number {
  for (let own = 0; own < 4; own++) {
    const hits = layers[own]!;
    const expected = siblings[own]!;
    for (let wire = own & 1; wire < hits.length && count < residuals.length; wire += 2) {
      const wanted = expected[wire]!;
      if (wanted > 1) residuals[count++] = (hits[wire]! - wanted) ** 2 / wanted;
    }
  }
  return count;
}
