import type { ChamberWires, LayerWires } from '../prepare/chamberWires.ts';

/** A straight way through the states of a chamber. */
export interface Way {
  /** What is explained; its estimates hold all along. */
  readonly chamber: ChamberWires;
  readonly from: LayerWires;
  /** Where it leads to, less `from`, by wire. */
  readonly move: LayerWires;
  /** By row: whether the logit of that layer counts. */
  readonly counts: readonly boolean[];
  /** Share of the logits gained on it that one step of the integral may miss. */
  readonly tolerance: number;
}

/** Of the ways of layers that are looked at closely. */
const ownTolerance = 0.0001;
/** Of the way that all other layers share, whose logits hardly change and which few look at. */
const sharedTolerance = 0.002;

/**
 * The ways from a healthy baseline to a chamber. A layer that is looked at closely, because it is suspicious or asked for by
 * number, has a way of its own in two parts: first the layer itself becomes as it is while the rest of the chamber is healthy,
 * then the rest. So its own wires are made to account for what their state means by itself, and its neighbours for what
 * theirs changes about that, for or against. On one straight way, where the four layers of a dead superlayer fade together,
 * its own wires would look innocent, since they never differ from their siblings. All other layers share a straight way.
 *
 * @param suspicious by row.
 * @param layer only the logit of that layer (1..12) counts.
 */
export function waysOf(
  chamber: ChamberWires,
  baseline: ChamberWires,
  suspicious: readonly boolean[],
  layer: number | undefined,
): Way[] {
  // A chamber that is its own baseline has nothing to explain.
  if (baseline === chamber) return [];
  const wayBetween = (
    from: LayerWires,
    to: LayerWires,
    counts: readonly boolean[],
    tolerance: number,
  ): Way => ({
    chamber,
    counts,
    tolerance,
    from,
    move: differenceOf(from, to),
  });
  const rows = chamber.layers.map((_, row) => row);
  const close = rows.filter((row) => (layer === undefined ? suspicious[row]! : row === layer - 1));
  const ways = close.flatMap((own) => {
    const counts = rows.map((row) => row === own);
    const between = rows.map((row) => (row === own ? chamber.layers[row]! : baseline.layers[row]!));
    return [
      wayBetween(baseline.layers, between, counts, ownTolerance),
      wayBetween(between, chamber.layers, counts, ownTolerance),
    ];
  });
  const counts = rows.map(
    (row) => layer === undefined && chamber.layers[row] !== null && !close.includes(row),
  );
  ways.push(wayBetween(baseline.layers, chamber.layers, counts, sharedTolerance));
  return ways.filter(
    (way) => way.counts.includes(true) && way.move.some((row) => row?.some((by) => by !== 0)),
  );
}

function differenceOf(from: LayerWires, to: LayerWires): LayerWires {
  return to.map((wires, row) => wires && wires.map((hits, wire) => hits - from[row]![wire]!));
}
