import { healedChamber } from '../faults/healthyBaseline.ts';
import { judgeChamber } from '../faults/judge.ts';
import { pullLayerFeatures } from '../features/backpropFeatures.ts';
import { viewChamber, type ChamberView } from '../features/chamberView.ts';
import { writeLayerFeatures } from '../features/computeFeatures.ts';
import { featureCount, firstFeatureCount } from '../features/featureTable.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LayerSamples, Preprocessing } from './preprocessing.ts';

const input = 'features';
const layersPerChamber = 12;

/** Views are made once for preparing, judging and explaining the same chamber. */
const views = new WeakMap<ChamberWires, ChamberView>();

function viewOf(chamber: ChamberWires): ChamberView {
  const known = views.get(chamber);
  if (known) return known;
  const view = viewChamber(chamber, chamber.estimatesOf && viewOf(chamber.estimatesOf));
  views.set(chamber, view);
  return view;
}

/**
 * Judges a layer by shape and rate: against its siblings, against the smooth profile of its superlayer, against the chamber's
 * other superlayers and against its own past, each with its counting uncertainty.
 */
export const shapeAndRate: Preprocessing = {
  name: 'shape-and-rate-2',
  inputs: { [input]: [featureCount] },

  prepare(chambers: readonly ChamberWires[]): LayerSamples {
    const values = new Float32Array(chambers.length * layersPerChamber * featureCount);
    const layers: { chamber: number; row: number }[] = [];
    for (let chamber = 0; chamber < chambers.length; chamber++) {
      const view = viewOf(chambers[chamber]!);
      for (let row = 0; row < layersPerChamber; row++) {
        if (!chambers[chamber]!.layers[row] || !view.superlayers[row >> 2]) continue;
        writeLayerFeatures(view, row, values, layers.length * featureCount);
        layers.push({ chamber, row });
      }
    }
    return { layers, tensors: { [input]: values.subarray(0, layers.length * featureCount) } };
  },

  pullback(chambers, samples, gradients, into) {
    const gradient = gradients[input]!;
    samples.layers.forEach(({ chamber, row }, sample) => {
      const view = viewOf(chambers[chamber]!);
      const own = gradient.subarray(sample * featureCount, (sample + 1) * featureCount);
      // The features are of thinned hits: one hit more is only that part of one.
      const byHit = view.thinning === 1 ? own : own.map((value) => value * view.thinning);
      pullLayerFeatures(view, row, byHit, 0, into[sample]!);
    });
  },

  baseline: (chamber) => healedChamber(chamber, viewOf(chamber)),

  judge: (chamber, scores, thresholds) => judgeChamber(viewOf(chamber), scores, thresholds),
};

/** The same with the features that `shape-and-rate@1` knows: those that came later are left out. */
export const firstShapeAndRate: Preprocessing = {
  ...shapeAndRate,
  name: 'shape-and-rate-1',
  inputs: { [input]: [firstFeatureCount] },

  prepare(chambers) {
    const { layers, tensors } = shapeAndRate.prepare(chambers);
    return { layers, tensors: { [input]: resized(tensors[input]!, featureCount, firstFeatureCount) } };
  },

  pullback(chambers, samples, gradients, into) {
    const padded = resized(gradients[input]!, firstFeatureCount, featureCount);
    shapeAndRate.pullback!(chambers, samples, { [input]: padded }, into);
  },
};

/** Rows of another width, cut or filled with zeros. */
function resized(values: Float32Array, width: number, wanted: number): Float32Array {
  const rows = values.length / width;
  const result = new Float32Array(rows * wanted);
  for (let row = 0; row < rows; row++) {
    result.set(values.subarray(row * width, row * width + Math.min(width, wanted)), row * wanted);
  }
  return result;
}
