import type { Spans } from './spans.ts';
import type { Extent } from './track.ts';

/** Wires by which the end of a fault may miss the wall: the last cells of a layer have few hits. */
const slack = 2;
/** A half may end a few wires beside the middle. */
const half = { least: 0.4, most: 0.6 };

/**
 * How far a fault reaches in its layers.
 *
 * @param widths wires of layers 1..12.
 */
export function extentOf(spans: Spans, widths: readonly number[]): Extent {
  const extents = spans.map(({ layer, first, last }): Extent => {
    const width = widths[layer - 1] ?? 0;
    const [atFirst, atLast] = [first <= 1 + slack, last >= width - slack];
    if (atFirst && atLast) return 'whole';
    const share = (last - first + 1) / width;
    return (atFirst || atLast) && share >= half.least && share <= half.most ? 'half' : 'part';
  });
  const [extent = 'part'] = extents;
  return extents.every((other) => other === extent) ? extent : 'part';
}
