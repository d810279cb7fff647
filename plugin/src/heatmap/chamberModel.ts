import {
  formatRanges,
  layerInSuperlayer,
  layersOf,
  layersOfSuperlayer,
  rowsPerChamber,
  superlayerKind,
  superlayerOfLayer,
  type ChamberId,
  type LabelVerdict,
  type Superlayer,
  type Verdict,
} from '@dtdqm/contract';
import { median } from '@dtdqm/contract/numbers';

/** Everything the panel knows of one layer. Wire `i` of the arrays is wire `i + 1` of the histogram. */
export interface LayerModel {
  layer: number;
  /** False for rows 5-8 of MB4, and for rows of which the source said nothing. */
  exists: boolean;
  /** Hits per wire; -1 where there is no wire. */
  hits: readonly number[];
  /** Attribution per wire, positive speaks for bad; empty when not known. */
  saliency: readonly number[];
  /** Hits per wire that were to be expected; empty when not known. */
  expected: readonly number[];
  /** P(bad), or null when nobody has scored the layer. */
  score: number | null;
  verdict: Verdict | null;
  fault: string | null;
  /** What the current label says, or null while there is none. */
  label: LabelVerdict | null;
}

/** One chamber of one run, ready to be laid out: always twelve layers, layer 1 first, all of `width` cells. */
export interface ChamberModel {
  chamber: ChamberId | null;
  run: number | null;
  width: number;
  layers: readonly LayerModel[];
}

export interface ChamberParts {
  chamber: ChamberId | null;
  run: number | null;
  hits: readonly (readonly number[])[];
  saliency?: readonly (readonly number[])[] | undefined;
  expected?: readonly (readonly number[])[] | undefined;
  scores?: readonly (number | null)[] | undefined;
  verdicts?: readonly (Verdict | null)[] | undefined;
  faults?: readonly (string | null)[] | undefined;
  labels?: readonly (LabelVerdict | null)[] | undefined;
}

const noCells = -1;

/** Fits parts of any raggedness into one model: rows are padded with "no wire" to the widest, twelve in number. */
export function chamberModel(parts: ChamberParts): ChamberModel {
  const width = Math.max(1, ...parts.hits.map((row) => row.length));
  const built = parts.chamber ? layersOf(parts.chamber.station) : null;
  const layers = Array.from({ length: rowsPerChamber }, (_, index) => {
    const row = parts.hits[index] ?? [];
    const hits = Array.from({ length: width }, (_cell, wire) => row[wire] ?? noCells);
    const hasWires = hits.some((value) => value >= 0);
    const score = parts.scores?.[index] ?? null;
    return {
      layer: index + 1,
      exists: hasWires && (built?.includes(index + 1) ?? true),
      hits,
      saliency: parts.saliency?.[index] ?? [],
      expected: parts.expected?.[index] ?? [],
      score: score === null || score < 0 ? null : score,
      verdict: parts.verdicts?.[index] ?? null,
      fault: parts.faults?.[index] ?? null,
      label: parts.labels?.[index] ?? null,
    };
  });
  return { chamber: parts.chamber, run: parts.run, width, layers };
}

export type CellKind = 'no-wire' | 'no-hit' | 'hits';

export function cellKind(hits: number): CellKind {
  if (!(hits >= 0)) return 'no-wire';
  return hits === 0 ? 'no-hit' : 'hits';
}

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

/** A layer's occupancy in one sentence, for those who do not see the picture. */
export function layerSummary({ hits, exists }: LayerModel): string {
  if (!exists) return 'no wires';
  const wires = hits.map((value, cell) => ({ value, wire: cell + 1 })).filter(({ value }) => value >= 0);
  const total = wires.reduce((sum, { value }) => sum + value, 0);
  const mean = (total / Math.max(1, wires.length)).toFixed(1);
  const dead = formatRanges(wires.filter(({ value }) => value === 0).map(({ wire }) => wire));
  return `${wires.length} wires, ${mean} hits a wire${dead ? `, no hits in wires ${dead}` : ', hits in every wire'}`;
}

/** `SL3 φ, layer 1` of layer 9. */
export function layerName(layer: number): string {
  return `${superlayerName(superlayerOfLayer(layer))}, layer ${layerInSuperlayer(layer)}`;
}

/** As experts write it, e.g. `SL2 θ`. */
export function superlayerName(superlayer: Superlayer): string {
  return `SL${superlayer} ${superlayerKind(superlayer) === 'phi' ? 'φ' : 'θ'}`;
}
