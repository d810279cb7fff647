import { allChambers, type ChamberId } from '@dtdqm/contract';
import { type Random, chance, integer, logUniform, pick, randomOf, uniform } from '@dtdqm/contract/random';
import { type InjectedFault, drawFault } from './faults.ts';
import { injectedKinds, kindsOfFault, type InjectedKind } from './kinds.ts';

/** How a fault goes on over the runs that it lives. */
export type Course = 'steady' | 'grows' | 'flickers';

/** A fault with its life: it begins before one run and heals before another. */
export interface Episode {
  readonly fault: InjectedFault;
  readonly course: Course;
  /** First run (index) that shows it. */
  readonly begins: number;
  /** First run (index) that no longer shows it. */
  readonly heals: number;
}

export interface SequenceSettings {
  readonly seed: number | string;
  /** Number of runs of the sequence. */
  readonly runs: number;
  /** Mean number of faults that begin in one chamber in one run. */
  readonly faultRate: number;
}

const kinds = injectedKinds.flatMap((kind) => new Array<InjectedKind>(kindsOfFault[kind].inRuns).fill(kind));
const courses: readonly Course[] = ['steady', 'steady', 'steady', 'grows', 'flickers'];
const shortestLife = 1;
const longestLife = 40;
/** Share of chambers with a fault that is there from the first run on, per unit of fault rate. */
const inherited = 15;

/**
 * All episodes of one chamber over the sequence. Depends on seed and chamber alone, so that any run of any chamber can be
 * had without the others.
 */
export function episodesOf({ seed, runs, faultRate }: SequenceSettings, chamber: ChamberId): Episode[] {
  const random = randomOf(seed, 'episodes', chamber.wheel, chamber.station, chamber.sector);
  const episodes: Episode[] = [];
  if (chance(random, Math.min(0.9, inherited * faultRate))) episodes.push(beginEpisode(0, chamber, random));
  for (let run = 0; run < runs; run++) {
    if (chance(random, faultRate)) episodes.push(beginEpisode(run, chamber, random));
  }
  return episodes;
}

function beginEpisode(begins: number, chamber: ChamberId, random: Random): Episode {
  const fault = drawFault(pick(random, kinds), chamber, random);
  const life = Math.round(logUniform(random, shortestLife, longestLife));
  return { fault, course: pick(random, courses), begins, heals: begins + life };
}

/** The faults of a chamber in one run (index from 0), as they stand there. */
export function faultsInRun(settings: SequenceSettings, chamber: ChamberId, run: number): InjectedFault[] {
  return episodesOf(settings, chamber).flatMap((episode, index) => {
    const { begins, heals } = episode;
    if (run < begins || run >= heals) return [];
    const { seed } = settings;
    const random = randomOf(seed, 'course', chamber.wheel, chamber.station, chamber.sector, index, run);
    return stateInRun(episode, run, random);
  });
}

function stateInRun({ fault, course, begins, heals }: Episode, run: number, random: Random): InjectedFault[] {
  if (course === 'flickers') return chance(random, 0.6) ? [fault] : [];
  if (course === 'steady' || heals - begins < 3) return [fault];
  // It sinks from healthy to its final level over its first half; what is hardly seen yet is not bad yet.
  const grown = Math.min(1, (2 * (run - begins + uniform(random, 0.5, 1))) / (heals - begins));
  const level = 1 + (fault.level - 1) * grown;
  return [{ ...fault, level, bad: fault.bad && (level < 0.5 || grown === 1) }];
}

/** Length of a run in lumisections: most are long, some end early. */
export function lumisectionsOfRun(seed: number | string, run: number, typical: number): number {
  const random = randomOf(seed, 'lumisections', run);
  const factor = chance(random, 0.15) ? uniform(random, 0.1, 0.6) : uniform(random, 0.6, 1.6);
  return Math.max(1, Math.round(typical * factor) + integer(random, 0, 3));
}

/** A lumisection lasts 2^18 turns of the LHC, seconds. */
export const lumisectionSeconds = 23.3;

/**
 * When runs of these lengths (lumisections) began, milliseconds since 1970: one after the other, with some minutes between them and at
 * times hours without beam, the last one over a little before `end`.
 */
export function startsOfRuns(seed: number | string, lumisections: readonly number[], end: number): number[] {
  let at = end;
  return lumisections
    .map((length, run) => {
      const random = randomOf(seed, 'pause', run);
      const minutes = chance(random, 0.3) ? logUniform(random, 60, 480) : uniform(random, 2, 20);
      return minutes * 60 + length * lumisectionSeconds;
    })
    .reduceRight<number[]>((later, seconds) => [Math.round((at -= seconds * 1000)), ...later], []);
}

/** Chambers with at least one fault in a run, with the faults. */
export function faultyChambers(
  settings: SequenceSettings,
  run: number,
): { chamber: ChamberId; faults: InjectedFault[] }[] {
  return allChambers
    .map((chamber) => ({ chamber, faults: faultsInRun(settings, chamber, run) }))
    .filter(({ faults }) => faults.length > 0);
}
