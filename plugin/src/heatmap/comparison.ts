import type { ChamberModel } from './chamberModel.ts';

/**
 * How a chamber differs from the same chamber in another run: log2 of the ratio of hits per wire, after both are brought to the
 * same total, because runs differ in length. By layer - 1, then cell; null where either run has no wire or both have no hit.
 */
export function ratioToComparison(model: ChamberModel, comparison: ChamberModel): (number | null)[][] {
  const total = (chamber: ChamberModel) =>
    chamber.layers.flatMap(({ hits }) => hits).reduce((sum, hits) => sum + Math.max(0, hits), 0);
  const factor = total(model) > 0 && total(comparison) > 0 ? total(model) / total(comparison) : 1;
  return model.layers.map((layer, index) =>
    layer.hits.map((hits, cell) => {
      const other = comparison.layers[index]?.hits[cell] ?? -1;
      if (hits < 0 || other < 0 || (hits === 0 && other === 0)) return null;
      // Half a hit stands for none, so that a wire that died is as far off as can be without being infinitely so.
      return Math.log2(Math.max(hits, 0.5) / Math.max(other * factor, 0.5));
    }),
  );
}
