import { allChambers, rowsPerChamber, type ChamberId, type Matrix, type RunMoment } from '@dtdqm/contract';
import { randomOf, type Random, type SeedPath } from '@dtdqm/contract/random';
import {
  calibratedSpread,
  drawHits,
  healthyExpectation,
  injectFaults,
  type Expectation,
  type InjectedFault,
} from '@dtdqm/simulator/detector';
import { newWatch, watchLook, type Watch, type WatchChange } from './index.ts';

/** Seconds of a lumisection, and of a look: about two of them. */
const lumisectionSeconds = 23.3;
const lookSeconds = 45;

/** A chamber that is looked at every 45 s, with its nominal rate. */
export interface Watched {
  readonly chamber: ChamberId;
  /** Of one look. */
  readonly healthy: Expectation;
  readonly random: Random;
}

export function watched(chamber: ChamberId, ...seed: SeedPath): Watched {
  const place = [chamber.wheel, chamber.station, chamber.sector];
  const built = randomOf(...seed, 'built', ...place);
  const lumisections = lookSeconds / lumisectionSeconds;
  return {
    chamber,
    healthy: healthyExpectation(chamber, lumisections, calibratedSpread, built),
    random: randomOf(...seed, 'counted', ...place),
  };
}

export const allWatched = (...seed: SeedPath): Watched[] =>
  allChambers.map((chamber) => watched(chamber, ...seed));

export interface Conditions {
  readonly faults?: readonly InjectedFault[];
  /** Over the nominal one. */
  readonly luminosity?: number;
}

/** What it counts in a look. */
export function countLook(
  { healthy, random }: Watched,
  { faults = [], luminosity = 1 }: Conditions = {},
): Matrix {
  const hits = healthy.hits.map((layer) => layer && layer.map((each) => each * luminosity));
  const scaled = { ...healthy, hits };
  return drawHits(injectFaults(scaled, faults), scaled, random);
}

/** Loses all hits, or all but a share of them, in these layers and wires. */
export const loss = (
  layers: readonly number[],
  level = 0,
  wires: InjectedFault['wires'] = { first: 1, last: 200 },
): InjectedFault => ({ kind: 'weak-region', layers, wires, level, bad: true });

export const everyLayer = Array.from({ length: rowsPerChamber }, (_, row) => row + 1);

const start = Date.parse('2026-06-01T12:00:00Z');

/** The moment of the look of that number, from 0 for the beginning of the run. */
export function momentOf(look: number): RunMoment {
  const seconds = look * lookSeconds;
  return {
    at: new Date(start + 1000 * seconds).toISOString(),
    lumisection: Math.floor(seconds / lumisectionSeconds),
  };
}

/** A change, and in which look it was told. */
type ToldChange = WatchChange & { readonly look: number };

export interface Watching {
  watch: Watch;
  readonly told: ToldChange[];
}

/** Looks at a chamber as many times, from the given number on. */
export function watchLooks(
  looks: readonly Matrix[],
  { watch, told, first = 0 }: Watching & { first?: number } = { watch: newWatch(), told: [] },
): Watching {
  for (const [index, counts] of looks.entries()) {
    const look = first + index;
    const result = watchLook(watch, { from: momentOf(look), to: momentOf(look + 1), counts });
    watch = result.watch;
    told.push(...result.changes.map((change) => ({ ...change, look })));
  }
  return { watch, told };
}

/** Counts of so many looks. */
export const countLooks = (
  chamber: Watched,
  looks: number,
  conditions: (look: number) => Conditions = () => ({}),
): Matrix[] => Array.from({ length: looks }, (_, look) => countLook(chamber, conditions(look)));
