import {
  layersOf,
  layersOfSuperlayer,
  superlayersOf,
  wiresOf,
  type ChamberId,
  type Fault,
  type Matrix,
  type Verdict,
} from '@dtdqm/contract';
import { ratioToSiblings, saliencyShare } from './expectation.ts';
import { extentOf } from './extent.ts';
import { normalise } from './spans.ts';
import type { Finding } from './track.ts';

/** What the detector said of a chamber in a run, with what it said that of. */
export interface JudgedChamber {
  chamber: ChamberId;
  matrix: Matrix;
  /** P(bad) of layers 1..12, -1 where there is no such layer. */
  scores: readonly number[];
  verdicts: readonly (Verdict | null)[];
  faults: readonly Fault[];
  /** As the matrix; empty where nobody worked it out. */
  saliency: readonly (readonly number[])[];
  /** Other chambers of the run have hits: one without any is dead, not without beam. */
  beam: boolean;
}

/**
 * What the ledger follows of a chamber: faults that make at least one layer bad, and bad layers that no fault explains, one
 * for each superlayer. Single dead or noisy cells in layers that are good all the same are left out, as experts do.
 */
export function findingsOf(judged: JudgedChamber): Finding[] {
  const { chamber, verdicts, faults } = judged;
  const silent = isSilent(judged) && judged.beam;
  const bad = layersOf(chamber.station).filter((layer) => silent || verdicts[layer - 1] === 'bad');
  const named = faults.filter(
    ({ kind, layers }) => kind !== 'low-statistics' && layers.some((layer) => bad.includes(layer)),
  );
  const explained = new Set(named.flatMap(({ layers }) => layers));
  const unexplained = bad.filter((layer) => !explained.has(layer));
  return [
    ...named.map((fault) => ({ ...fault, kind: fault.kind as Finding['kind'] })),
    ...bySuperlayer(chamber, unexplained).map((layers) => ({
      kind: 'unnamed' as const,
      layers,
      wires: null,
      confidence: Math.max(...layers.map((layer) => judged.scores[layer - 1] ?? 0)),
    })),
  ].flatMap((fault) => findingOf(fault, judged, bad) ?? []);
}

/** Layers that the run says nothing of: no verdict, or too few hits for one. */
export function blindLayers(judged: Omit<JudgedChamber, 'matrix' | 'scores' | 'saliency'>): number[] {
  const { chamber, verdicts, faults } = judged;
  if (isSilent(judged) && judged.beam) return [];
  const tooFewHits = faults.filter(({ kind }) => kind === 'low-statistics').flatMap(({ layers }) => layers);
  return layersOf(chamber.station).filter((layer) => {
    const verdict = verdicts[layer - 1] ?? 'unknown';
    return verdict === 'unknown' || (verdict === 'good' && tooFewHits.includes(layer));
  });
}

/** The detector sees one chamber at a time and cannot tell a dead one from a run without beam; the whole run tells. */
function isSilent({ faults }: Pick<JudgedChamber, 'faults'>): boolean {
  return faults.some(({ kind }) => kind === 'dead-chamber');
}

/** Bad layers of one superlayer have one cause more often than not; so have all layers of a chamber. */
function bySuperlayer({ station }: ChamberId, layers: readonly number[]): number[][] {
  if (layers.length === layersOf(station).length) return [[...layers]];
  return superlayersOf(station)
    .map((superlayer) => layersOfSuperlayer(superlayer).filter((layer) => layers.includes(layer)))
    .filter((group) => group.length > 0);
}

function findingOf(
  { kind, layers, wires, confidence, ratio, note }: Omit<Fault, 'kind'> & { kind: Finding['kind'] },
  { matrix, scores, saliency }: JudgedChamber,
  bad: readonly number[],
): Finding | null {
  const widths = matrix.map((row) => wiresOf(row).length);
  const spans = normalise(
    layers
      .map((layer) => ({
        layer,
        first: wires?.first ?? 1,
        last: Math.min(wires?.last ?? Infinity, widths[layer - 1] ?? 0),
      }))
      .filter(({ first, last }) => first <= last),
  );
  if (spans.length === 0) return null;
  const known = layers.map((layer) => scores[layer - 1] ?? -1).filter((score) => score >= 0);
  return {
    kind,
    spans,
    extent: extentOf(spans, widths),
    confidence,
    ratio: rounded(ratio ?? ratioToSiblings(matrix, spans, bad)),
    score: known.length > 0 ? rounded(Math.max(...known)) : null,
    saliencyShare: rounded(saliencyShare(saliency, matrix, spans)),
    ...(note === undefined ? {} : { note }),
  };
}

/** Four digits: what is stored and compared must not hang on the last bit of a sum. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4;
}
