import { superlayerOfLayer, type Span } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';

/** Wires of some layers as a set: sorted by layer and wire, pieces that touch are one. */
export type Spans = readonly Span[];

export function normalise(spans: Spans): Span[] {
  const sorted = [...spans].sort((a, b) => a.layer - b.layer || a.first - b.first);
  const pieces: Span[] = [];
  for (const span of sorted) {
    const before = pieces.at(-1);
    if (before?.layer === span.layer && span.first <= before.last + 1) {
      pieces[pieces.length - 1] = { ...before, last: Math.max(before.last, span.last) };
    } else pieces.push({ ...span });
  }
  return pieces;
}

export function union(a: Spans, b: Spans): Span[] {
  return normalise([...a, ...b]);
}

export function intersection(a: Spans, b: Spans): Span[] {
  return normalise(
    a.flatMap(({ layer, first, last }) =>
      b
        .filter((other) => other.layer === layer && other.first <= last && first <= other.last)
        .map((other) => ({ layer, first: Math.max(first, other.first), last: Math.min(last, other.last) })),
    ),
  );
}

/** What of `a` is not in `b`. */
export function difference(a: Spans, b: Spans): Span[] {
  let rest = [...a];
  for (const { layer, first, last } of b) {
    rest = rest.flatMap((span) => {
      if (span.layer !== layer || last < span.first || span.last < first) return [span];
      return [
        { layer, first: span.first, last: first - 1 },
        { layer, first: last + 1, last: span.last },
      ].filter((piece) => piece.first <= piece.last);
    });
  }
  return normalise(rest);
}

/** Number of wires. */
export function cellsIn(spans: Spans): number {
  return sumOf(spans, ({ first, last }) => last - first + 1);
}

/** Wires in common over those of the smaller of both, 0..1: whether the one could be part of the other; of two without any, 1. */
export function overlap(a: Spans, b: Spans): number {
  if (a.length + b.length === 0) return 1;
  const smaller = Math.min(cellsIn(a), cellsIn(b));
  return smaller === 0 ? 0 : cellsIn(intersection(a, b)) / smaller;
}

/** How much of `a` lies in `b`, 0..1. */
export function shareInside(a: Spans, b: Spans): number {
  const cells = cellsIn(a);
  return cells === 0 ? 0 : cellsIn(intersection(a, b)) / cells;
}

export function layersIn(spans: Spans): number[] {
  return [...new Set(spans.map(({ layer }) => layer))].sort((a, b) => a - b);
}

export function superlayersIn(spans: Spans): number[] {
  return [...new Set(layersIn(spans).map(superlayerOfLayer))];
}

/** Least and greatest wire over all layers. */
export function wireRange(spans: Spans): { first: number; last: number } {
  return {
    first: Math.min(...spans.map(({ first }) => first)),
    last: Math.max(...spans.map(({ last }) => last)),
  };
}
