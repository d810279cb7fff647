import { layersOf, type ChamberId, type OccupancyTest } from '@dtdqm/contract';
import type { Cells } from './prepare/chamberWires.ts';

/** Status of a chamber whose share of live cells is below. */
const statuses = [
  [0.2, 4],
  [0.5, 3],
  [0.75, 2],
  [0.9, 1],
] as const;
/** Hits of a chamber below which live cells are not counted: it is well then, unless it counts next to nothing. */
const leastHits = 2200;
/** Next to nothing is so many events, times so many hits by station, fewer where an MB4 lies below. */
const fewEvents = 10;
const hitsAnEvent = { 1: 20, 2: 8, 3: 3, 4: 20 } as const;
const shadedSectors: readonly number[] = [9, 10, 11, 14];
/** Neighbouring dead cells that mark a layer. */
const longestRun = 7;

/**
 * What CMS's alarm in production says of a chamber: the rule of DTOccupancyTest, for whoever compares ours with it. Source: CMSSW,
 * DQM/DTMonitorClient/src/DTOccupancyTest.cc, with nEventsMinPC 2,200 and nEventsZeroPC 10 as production sets them. DTOccupancyTestML is
 * not here: its network stands in CMS's data repository, without a licence to hand it on.
 *
 * @param matrix a valid matrix; cells that hold no wire are none of the geometry's there either.
 */
export function occupancyTest({ station, sector }: ChamberId, matrix: Cells): OccupancyTest {
  let cells = 0;
  let dead = 0;
  let hits = 0;
  const layers: number[] = [];
  for (const layer of layersOf(station)) {
    let run = 0;
    let longest = 0;
    for (const count of Array.from(matrix[layer - 1]!)) {
      if (count < 0) continue;
      cells++;
      hits += count;
      run = count === 0 ? run + 1 : 0;
      if (count === 0) dead++;
      longest = Math.max(longest, run);
    }
    if (longest >= longestRun) layers.push(layer);
  }
  const isShaded = station === 4 && shadedSectors.includes(sector);
  const isSilent = hits < fewEvents * (isShaded ? hitsAnEvent[3] : hitsAnEvent[station]);
  // Without a wire, too: nothing is known of it, which is no sign of health.
  const live = cells === 0 ? 0 : 1 - dead / cells;
  const byLive = hits < leastHits ? 0 : (statuses.find(([limit]) => live < limit)?.[1] ?? 0);
  return { status: isSilent ? 4 : byLive, live, layers };
}
