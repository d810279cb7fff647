import type { ChamberId, Station } from '@dtdqm/contract';

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
