import { sectorsOf, stations, wheels, type ChamberId } from '@dtdqm/contract';

/** The barrel cut open, as shifters know it: a block a wheel, in it a row a station (MB4 on top) and a column a sector. */
export interface GridPlace {
  /** 0..4, wheel -2 first. */
  block: number;
  /** 0 at the top. */
  row: number;
  /** 0 at the left. */
  column: number;
}

export const gridColumns = sectorsOf(4).length;
export const gridRows = stations.length;

export function gridPlaceOf({ wheel, station, sector }: ChamberId): GridPlace {
  return { block: wheels.indexOf(wheel), row: gridRows - station, column: sector - 1 };
}

/** The chamber beside another one on the grid, for arrow keys; the same when there is none in that direction. */
export function neighbour(chamber: ChamberId, direction: 'left' | 'right' | 'up' | 'down'): ChamberId {
  const { wheel, station, sector } = chamber;
  const wheelAt = wheels.indexOf(wheel);
  if (direction === 'left' || direction === 'right') {
    const step = direction === 'right' ? 1 : -1;
    const last = sectorsOf(station).length;
    if (sector + step >= 1 && sector + step <= last) return { ...chamber, sector: sector + step };
    const beside = wheels[wheelAt + step];
    return beside === undefined ? chamber : { wheel: beside, station, sector: step > 0 ? 1 : last };
  }
  const next = stations[stations.indexOf(station) + (direction === 'up' ? 1 : -1)];
  if (next === undefined) return chamber;
  return { wheel, station: next, sector: Math.min(sector, sectorsOf(next).length) };
}
