import { sectorsOf, stations, wheels, type ChamberId, type Station, type Wheel } from '@dtdqm/contract';

/**
 * Where chambers stand in a wheel, seen from +z: x to the right, y up, mm.
 *
 * Distances from the beam follow the muon geometry of CMSSW (Geometry/MuonCommonData, mb1..mb4). Chambers are drawn thicker than
 * they are, so that they can be seen from afar, and as wide as their sector at that distance, so that none covers another. Sector 1
 * lies at phi = 0 and sectors follow phi by 30 degrees. In MB4 the sectors at the top and at the bottom consist of two chambers:
 * 13 beside 4 and 14 beside 10, in either case the one with the smaller phi.
 */
export interface Place {
  /** Direction of the chamber's normal, degrees from the x axis. */
  turn: number;
  /** Directions of its two sides, degrees. */
  from: number;
  to: number;
  /** Distances of inner and outer face from the beam, along the normal, mm. */
  inner: number;
  outer: number;
}

export const outerRadius = 7900;
/** Inside this radius there is room for the name of the wheel. */
export const innerRadius = 3700;

/** Distances of the middles of MB1..MB4 from the beam, mm. */
const distances: Record<Station, number> = { 1: 4210, 2: 5125, 3: 6170, 4: 7180 };
const thickness = 800;
/** Half the gap between neighbouring sectors, degrees. */
const halfGap = 0.55;

export function placeOf({ station, sector }: ChamberId): Place {
  const turn = 30 * ((sector === 13 ? 4 : sector === 14 ? 10 : sector) - 1);
  const isSplit = station === 4 && [4, 10, 13, 14].includes(sector);
  const isFirst = sector === 13 || sector === 14;
  const distance = distances[station];
  return {
    turn,
    from: isSplit && !isFirst ? turn + halfGap : turn - 15 + halfGap,
    to: isSplit && isFirst ? turn - halfGap : turn + 15 - halfGap,
    inner: distance - thickness / 2,
    outer: distance + thickness / 2,
  };
}

type Point = [x: number, y: number];

/** Corners of a chamber, mm, in order around it. */
export function cornersOf({ turn, from, to, inner, outer }: Place): Point[] {
  return [
    corner(inner, from, turn),
    corner(outer, from, turn),
    corner(outer, to, turn),
    corner(inner, to, turn),
  ];
}

/** Middle of a chamber, mm: where its glyph stands. */
export function middleOf({ turn, from, to, inner, outer }: Place): Point {
  return corner((inner + outer) / 2, (from + to) / 2, turn);
}

/** Where the ray in direction `angle` crosses the face at `distance` along the normal. */
function corner(distance: number, angle: number, turn: number): Point {
  const radius = distance / Math.cos(radians(angle - turn));
  return [radius * Math.cos(radians(angle)), radius * Math.sin(radians(angle))];
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

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

/** As it stands in pictures and controls: `+1`, `0`, `−2`. */
export function wheelName(wheel: Wheel): string {
  return wheel > 0 ? `+${wheel}` : String(wheel).replace('-', '−');
}

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

/** How the pictures of five wheels are laid out in the room there is. */
export interface Arrangement {
  /** Wheels side by side. */
  wheelColumns: number;
  /** Blocks of the unrolled grid side by side. */
  gridColumns: number;
  /** CSS pixels per unit of each picture. */
  wheelScale: number;
  gridScale: number;
}

interface Unit {
  width: number;
  height: number;
}

const columnCounts = [5, 3, 2, 1];

/**
 * Finds the numbers of columns that make the chambers of both pictures large together: a wall display is wide, a phone is not.
 *
 * @param wheel size of one wheel, and `block` of one block of the grid, in their own units; null for a picture that is not shown.
 */
export function arrange(
  room: { width: number; height: number },
  wheel: Unit | null,
  block: Unit | null,
): Arrangement {
  let best: Arrangement = { wheelColumns: 5, gridColumns: 5, wheelScale: 0, gridScale: 0 };
  let bestWorth = -Infinity;
  for (const wheelColumns of wheel ? columnCounts : [5]) {
    for (const gridColumns of block ? columnCounts : [5]) {
      const wheelFull = wheel ? room.width / (wheelColumns * wheel.width) : 0;
      const gridFull = block ? room.width / (gridColumns * block.width) : 0;
      const height =
        rowsOf(wheelColumns) * wheelFull * (wheel?.height ?? 0) +
        rowsOf(gridColumns) * gridFull * (block?.height ?? 0);
      const shrink = Math.min(1, room.height / height);
      const [wheelScale, gridScale] = [wheelFull * shrink, gridFull * shrink];
      const worth =
        (wheel ? Math.log(wheelScale * wheel.width) : 0) + (block ? Math.log(gridScale * block.width) : 0);
      if (worth > bestWorth) {
        bestWorth = worth;
        best = { wheelColumns, gridColumns, wheelScale, gridScale };
      }
    }
  }
  return best;
}

export function rowsOf(columns: number): number {
  return Math.ceil(5 / columns);
}
