import { viewChamber, writeChamberFeatures } from '../features/chamberFeatures.ts';
import { featureCount } from '../features/featureNames.ts';
import type { ChamberWires } from '../prepare/chamberWires.ts';
import type { LayerSamples, Preprocessing } from './preprocessing.ts';

const input = 'features';

/**
 * Judges a layer by shape and rate: against its siblings, against the smooth profile of its superlayer, against the chamber's
 * other superlayers and against its own past, each with its counting uncertainty.
 */
export const shapeAndRate: Preprocessing = {
  name: 'shape-and-rate-1',
  inputs: { [input]: [featureCount] },

  prepare(chambers: readonly ChamberWires[]): LayerSamples {
    const values = new Float32Array(chambers.length * 12 * featureCount);
    const layers: { chamber: number; row: number }[] = [];
    chambers.forEach((chamber, index) => {
      const rows = writeChamberFeatures(chamber, viewChamber(chamber), values, layers.length * featureCount);
      for (const row of rows) layers.push({ chamber: index, row });
    });
    return { layers, tensors: { [input]: values.subarray(0, layers.length * featureCount) } };
  },
};
