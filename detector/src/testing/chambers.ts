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

/** A chamber without any shape: no cell has to do with its neighbours or with the layers beside it. */
export function noiseChamber(sector = 1): ScorerInput {
  return someChamber(2, sector, (rows) => {
    rows.forEach((row, y) =>
      row.forEach((hits, x) => {
        if (hits !== noWire) row[x] = (110 + sector * 31 + y * 17 + x * 13) % 997;
      }),
    );
  });
}
