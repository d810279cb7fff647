import { layersOf, noWire, rowsPerChamber, type Matrix, type Station } from '@dtdqm/contract';
import type { ScorerInput } from '../../scorer.ts';

const width = 60;

/** A few made-up chambers, healthy and sick, the same every time: enough for two backends to be compared on. */
export function trialChambers(): ScorerInput[] {
  return ([1, 2, 3, 4] as const).map((station) => ({
    chamber: { wheel: 0, station, sector: station },
    matrix: trialMatrix(station),
  }));
}

function trialMatrix(station: Station): Matrix {
  const layers = layersOf(station);
  return Array.from({ length: rowsPerChamber }, (_, row) => {
    if (!layers.includes(row + 1)) return new Array<number>(width).fill(noWire);
    const dead = row % 3 === 0 ? 4 * row : 0;
    return Array.from({ length: width }, (_, wire) =>
      wire < dead ? 0 : 100 + ((wire * 37 + row * 11) % 23),
    );
  });
}
