import { layersOf, noWire, rowsPerChamber, type Matrix, type Station } from '@dtdqm/contract';
import type { ScorerInput } from '../scorer.ts';

/** A made-up chamber with counts that differ from wire to wire; rows end in a few cells without wire. */
export function someChamber(
  station: Station = 2,
  sector = 1,
  change: (matrix: Matrix) => void = () => {},
): ScorerInput {
  const width = 60;
  const layers = layersOf(station);
  const matrix = Array.from({ length: rowsPerChamber }, (_, row) =>
    Array.from({ length: width }, (_, wire) =>
      layers.includes(row + 1) && wire < 58 - (row % 3)
        ? 50 + ((wire * 17 + row * 29 + sector * 7) % 31)
        : noWire,
    ),
  );
  change(matrix);
  return { chamber: { wheel: 1, station, sector }, matrix };
}
