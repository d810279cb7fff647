import { rowsPerChamber } from '@dtdqm/contract';
import { healthyBaseline } from '../faults/healthyBaseline.ts';
import { judgeChamber } from '../faults/judge.ts';
import { tellExpectation } from '../faults/wholeChamber.ts';
import { viewChamber, type ChamberView } from '../features/chamberView.ts';
import type { LevelErrors } from '../features/history.ts';
import { featureCount, featureIndex, featureNames, type FeatureName } from '../features/features.ts';
import { writeLayerFeatures } from '../features/writeFeatures.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LayerSamples, Preprocessing } from './preprocessing.ts';

const input = 'features';

/**
 * Judges a layer by shape and rate: against its siblings, against the smooth profile of its superlayer, against the chamber's
 * other superlayers and against its own past, each with its counting uncertainty.
 */
function byShapeAndRate(name: string, errors: LevelErrors): Preprocessing {
  // Views are made once for preparing, judging and explaining the same chamber.
  const views = new WeakMap<ChamberWires, ChamberView>();
  const viewOf = (chamber: ChamberWires): ChamberView => {
    const known = views.get(chamber);
    if (known) return known;
    const view = viewChamber(chamber, chamber.estimatesOf && viewOf(chamber.estimatesOf), errors);
    views.set(chamber, view);
    return view;
  };
  return {
    name,
    inputs: { [input]: [featureCount] },

    prepare(chambers: readonly ChamberWires[], only?: number): LayerSamples {
      const values = new Float32Array(chambers.length * rowsPerChamber * featureCount);
      const layers: { chamber: number; row: number }[] = [];
      for (let chamber = 0; chamber < chambers.length; chamber++) {
        const view = viewOf(chambers[chamber]!);
        for (let row = 0; row < rowsPerChamber; row++) {
          if (only !== undefined && row !== only) continue;
          if (!chambers[chamber]!.layers[row] || !view.superlayers[row >> 2]) continue;
          writeLayerFeatures(view, row, values, layers.length * featureCount);
          layers.push({ chamber, row });
        }
      }
      return { layers, tensors: { [input]: values.subarray(0, layers.length * featureCount) } };
    },

    baseline: (chamber) => healthyBaseline(chamber, viewOf(chamber)),

    judge: (chamber, scores, thresholds, options) =>
      judgeChamber(viewOf(chamber), scores, thresholds, tellExpectation(chamber), options),
  };
}

/** What models are trained with today. */
export const shapeAndRate = byShapeAndRate('shape-and-rate-5', 'of-both');

const asTrained = byShapeAndRate('as trained', 'of-runs-before');

/**
 * A preprocessing with some of its features, by name: those that a model was trained with. Others that were added since are left out, so
 * that old models score as they did.
 */
export function withFeatures(
  whole: Preprocessing,
  name: string,
  names: readonly FeatureName[],
): Preprocessing {
  const indices = names.map((feature) => featureIndex[feature]);
  const count = indices.length;
  return {
    ...whole,
    name,
    inputs: { [input]: [count] },

    prepare(chambers, only) {
      const { layers, tensors } = whole.prepare(chambers, only);
      const all = tensors[input]!;
      const values = new Float32Array(layers.length * count);
      for (let at = 0; at < values.length; at++) {
        values[at] = all[Math.floor(at / count) * featureCount + indices[at % count]!]!;
      }
      return { layers, tensors: { [input]: values } };
    },
  };
}

/** What `shape-and-rate@1` was trained with: the features up to the dispersion of blocks. */
export const firstShapeAndRate = withFeatures(
  asTrained,
  'shape-and-rate-1',
  featureNames.slice(0, featureIndex.blockDispersion + 1),
);

/** What `shape-and-rate@2` was trained with. */
export const secondShapeAndRate = withFeatures(
  asTrained,
  'shape-and-rate-2',
  featureNames.slice(0, featureIndex.historyFall + 1),
);

/** What `shape-and-rate@3` was trained with. */
export const thirdShapeAndRate = withFeatures(
  asTrained,
  'shape-and-rate-3',
  featureNames.slice(0, featureIndex.historyError + 1),
);

/** What `shape-and-rate@4` was trained with. */
export const fourthShapeAndRate = withFeatures(
  asTrained,
  'shape-and-rate-4',
  featureNames.slice(0, featureIndex.historyBesideSignificance + 1),
);
