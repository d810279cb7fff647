import {
  hotKinds,
  layersOf,
  layersOfSuperlayer,
  superlayerOfLayer,
  superlayersOf,
  noWire,
  type ChamberId,
  type Fault,
  type Matrix,
  type Span,
  type Verdict,
} from '@dtdqm/contract';
import { mean } from '@dtdqm/contract/numbers';
import { layersIn, normalise, type Spans } from './spans.ts';
import type { Extent, Finding } from './track.ts';

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
}

/** Times the hits expected from which a hot layer or a noisy region is told, though it makes no layer bad: somebody must see that it became so. */
export const grossNoise = 3;

/**
 * What the ledger follows of a chamber: faults that make at least one layer bad, gross noise ({@link grossNoise}), and bad layers that no fault explains, one
 * for each superlayer. Single dead or noisy cells in layers that are good all the same are left out, as experts do.
 */
export function findingsOf(judged: JudgedChamber): Finding[] {
  const { chamber, verdicts, faults } = judged;
  const bad = layersOf(chamber.station).filter((layer) => verdicts[layer - 1] === 'bad');
  const named = faults.filter(
    (fault) =>
      isGrossNoise(fault) ||
      (fault.kind !== 'low-statistics' && fault.layers.some((layer) => bad.includes(layer))),
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

function isGrossNoise({ kind, ratio }: Fault): boolean {
  return hotKinds.some((hot) => hot === kind) && (ratio ?? 0) >= grossNoise;
}

/** Layers that the run says nothing of: no verdict, or too few hits for one. */
export function blindLayers({
  chamber,
  verdicts,
  faults,
}: Omit<JudgedChamber, 'matrix' | 'scores' | 'saliency'>): number[] {
  const tooFewHits = faults.filter(({ kind }) => kind === 'low-statistics').flatMap(({ layers }) => layers);
  return layersOf(chamber.station).filter((layer) => {
    const verdict = verdicts[layer - 1] ?? 'unknown';
    return verdict === 'unknown' || (verdict === 'good' && tooFewHits.includes(layer));
  });
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
  const { spans, ends } = spansOf(matrix, layers, wires);
  if (spans.length === 0) return null;
  const known = layers.map((layer) => scores[layer - 1] ?? -1).filter((score) => score >= 0);
  return {
    kind,
    spans,
    extent: extentOf(spans, ends),
    confidence,
    ratio: rounded(ratio ?? ratioToSiblings(matrix, spans, bad)),
    score: known.length > 0 ? rounded(Math.max(...known)) : null,
    saliencyShare: rounded(saliencyShare(saliency, matrix, spans)),
    ...(note === undefined ? {} : { note }),
  };
}

/** The wires that layers have, or those of them in a range; and where the wires of all layers begin and end. */
export function spansOf(
  matrix: Matrix,
  layers: readonly number[],
  wires: Fault['wires'],
): { spans: Span[]; ends: Ends[] } {
  const ends = matrix.map(endsOf);
  const spans = layers
    .map((layer) => ({
      layer,
      first: Math.max(wires?.first ?? 1, ends[layer - 1]!.first),
      last: Math.min(wires?.last ?? Infinity, ends[layer - 1]!.last),
    }))
    .filter(({ first, last }) => first <= last);
  return { spans: normalise(spans), ends };
}

/** Numbers of the first and the last wire of a row of the histogram, which are columns from 1; nothing where it has none. */
export function endsOf(row: readonly number[]): Ends {
  return {
    first: row.findIndex((hits) => hits !== noWire) + 1 || Infinity,
    last: row.findLastIndex((hits) => hits !== noWire) + 1,
  };
}

interface Ends {
  first: number;
  last: number;
}

/** Four digits: what is stored and compared must not hang on the last bit of a sum. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e4) / 1e4;
}

/**
 * Hits of a fault's wires over those of the same wires in the good layers of its superlayer, which agree within a few
 * per cent where all is well.
 *
 * @param bad layers that are no measure for others.
 * @returns null where no layer is left to compare with, or those have no hits.
 */
export function ratioToSiblings(matrix: Matrix, spans: Spans, bad: readonly number[]): number | null {
  const own = layersIn(spans);
  let found = 0;
  let expected = 0;
  for (const { layer, first, last } of spans) {
    const siblings = layersOfSuperlayer(superlayerOfLayer(layer)).filter(
      (other) => !own.includes(other) && !bad.includes(other),
    );
    if (siblings.length === 0) continue;
    found += hitsOn(matrix, layer, first, last);
    const others = siblings.map((other) => hitsOn(matrix, other, first, last));
    expected += mean(others);
  }
  return expected > 0 ? found / expected : null;
}

/** Of the absolute attributions in the fault's layers, the share on its wires; null where there are none. */
export function saliencyShare(
  saliency: readonly (readonly number[])[],
  matrix: Matrix,
  spans: Spans,
): number | null {
  let inside = 0;
  let all = 0;
  for (const layer of layersIn(spans)) {
    const reaches = spans.filter((span) => span.layer === layer);
    saliency[layer - 1]?.forEach((value, x) => {
      if ((matrix[layer - 1]?.[x] ?? -1) < 0) return;
      all += Math.abs(value);
      if (reaches.some(({ first, last }) => x + 1 >= first && x + 1 <= last)) inside += Math.abs(value);
    });
  }
  return all > 0 ? inside / all : null;
}

function hitsOn(matrix: Matrix, layer: number, first: number, last: number): number {
  return (matrix[layer - 1] ?? []).slice(first - 1, last).reduce((sum, hits) => sum + Math.max(0, hits), 0);
}

/** Wires by which the end of a fault may miss the wall: the last cells of a layer have few hits. */
const slack = 2;
/** A half may end a few wires beside the middle. */
const half = { least: 0.4, most: 0.6 };

/**
 * How far a fault reaches in its layers.
 *
 * @param ends first and last wire of layers 1..12.
 */
export function extentOf(spans: Spans, ends: readonly Ends[]): Extent {
  const extents = spans.map(({ layer, first, last }): Extent => {
    const whole = ends[layer - 1]!;
    const [atFirst, atLast] = [first <= whole.first + slack, last >= whole.last - slack];
    if (atFirst && atLast) return 'whole';
    const share = (last - first + 1) / (whole.last - whole.first + 1);
    return (atFirst || atLast) && share >= half.least && share <= half.most ? 'half' : 'part';
  });
  const [extent = 'part'] = extents;
  return extents.every((other) => other === extent) ? extent : 'part';
}
