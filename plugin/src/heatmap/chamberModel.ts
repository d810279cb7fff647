import { layersOf, rowsPerChamber, type ChamberId, type LabelVerdict, type Verdict } from '@dtdqm/contract';

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
