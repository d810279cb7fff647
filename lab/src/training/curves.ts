import { drawLines } from './lineChart.ts';
import type { EpochReport } from './fit.ts';

/** SVG of loss by epoch, training and held out; the epoch that was kept is marked. */
export function lossCurves(history: readonly EpochReport[], kept: number): string {
  return drawLines({
    title: 'Loss by epoch',
    x: 'epoch',
    y: 'cross entropy',
    logarithmicY: true,
    mark: kept,
    lines: [
      { name: 'training', points: history.map(({ epoch, loss }) => [epoch, loss]) },
      { name: 'held-out runs', points: history.map(({ epoch, heldOutLoss }) => [epoch, heldOutLoss]) },
    ],
  });
}
