import { allChambers, layersOf, type ChamberId, type Matrix } from '@dtdqm/contract';
import { ReplaySource } from '@dtdqm/simulator/sources';

/** Every cell differs from its neighbours, so that a row or column out of place shows. */
export function toyMatrix(run: number, chamber: ChamberId, width = 60): Matrix {
  const built = layersOf(chamber.station);
  return Array.from({ length: 12 }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      built.includes(y + 1) && x < width - 1 ? run + 100 * y + x + chamber.sector : -1,
    ),
  );
}

/** Runs in which all 250 chambers were recorded. */
export function toyDetector(...runs: number[]): ReplaySource {
  const source = new ReplaySource();
  for (const run of runs)
    for (const chamber of allChambers) source.add(run, chamber, toyMatrix(run, chamber));
  return source;
}
