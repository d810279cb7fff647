import { allChambers, formatChamber, type ChamberId } from '@dtdqm/contract';
import { chance, integer, logUniform, pick, randomOf, uniform } from '@dtdqm/contract/random';
import {
  badLayersOf,
  drawFault,
  lumisectionsOfRun,
  referenceLumisections,
  type Course,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';

/** A week of the simulated detector: which faults begin, grow, flicker and heal, and when. Depends on its seed alone. */
export const week = { runs: 60, faults: 52, firstRun: 400_001 };

/** 34 faults of at least 8 cells and 6 of less, which came first; then kinds that hide, of which 3 make no layer bad. */
const kinds: readonly InjectedKind[] = [
  ...Array<InjectedKind>(6).fill('dead-half'),
  ...Array<InjectedKind>(4).fill('dead-layer'),
  ...Array<InjectedKind>(4).fill('weak-layer'),
  ...Array<InjectedKind>(5).fill('front-end-board'),
  ...Array<InjectedKind>(4).fill('readout-group'),
  ...Array<InjectedKind>(4).fill('dead-region'),
  ...Array<InjectedKind>(3).fill('weak-region'),
  ...Array<InjectedKind>(2).fill('dead-superlayer'),
  ...Array<InjectedKind>(2).fill('dead-chamber'),
  ...Array<InjectedKind>(3).fill('dead-cells'),
  ...Array<InjectedKind>(3).fill('noisy-cell'),
  ...Array<InjectedKind>(2).fill('weak-superlayer'),
  ...Array<InjectedKind>(2).fill('weak-board'),
  ...Array<InjectedKind>(2).fill('scattered-dead'),
  'edge-dead',
  'sloping-layer',
  'copied-layer',
  'hot-layer',
  ...Array<InjectedKind>(2).fill('noisy-region'),
];

export interface PlannedFault {
  /** Of its week. */
  seed: string;
  number: number;
  chamber: ChamberId;
  fault: InjectedFault;
  course: Course;
  /** Indexes of runs: the first that may show it, and the first that does not any more. */
  begins: number;
  heals: number;
  cells: number;
}

export function planWeek(seed: string): PlannedFault[] {
  const { runs, faults } = week;
  const random = randomOf(seed, 'plan');
  const taken = new Set<string>();
  return Array.from({ length: faults }, (_, number) => {
    let chamber = pick(random, allChambers);
    while (taken.has(formatChamber(chamber))) chamber = pick(random, allChambers);
    taken.add(formatChamber(chamber));
    const kind = kinds[number % kinds.length]!;
    let fault = drawFault(kind, chamber, random);
    // The recipe also makes shorter runs, which stand among the small ones.
    while (kind === 'dead-region' && cellsOf(fault) < 8) fault = drawFault(kind, chamber, random);
    const course = pick<Course>(random, ['steady', 'steady', 'steady', 'grows', 'flickers']);
    const life = Math.max(course === 'steady' ? 3 : 10, Math.round(logUniform(random, 3, 40)));
    const begins = integer(random, 0, runs - 8);
    return { seed, number, chamber, fault, course, begins, heals: begins + life, cells: cellsOf(fault) };
  });
}

/** A fault as it stands in a run (index from 0); null where that run does not show it. */
export function inRun(
  { seed, number, fault, course, begins, heals }: PlannedFault,
  run: number,
): InjectedFault | null {
  if (run < begins || run >= heals) return null;
  const random = randomOf(seed, 'course', number, run);
  if (course === 'flickers') return run === begins || chance(random, 0.6) ? fault : null;
  if (course === 'steady') return fault;
  const grown = Math.min(1, (2 * (run - begins + uniform(random, 0.5, 1))) / (heals - begins));
  const level = 1 + (fault.level - 1) * grown;
  return { ...fault, level, bad: fault.bad && (level < 0.5 || grown === 1) };
}

export function lumisectionsOf(seed: string, run: number): number {
  return lumisectionsOfRun(seed, run, referenceLumisections);
}

export function isLarge(planned: PlannedFault): boolean {
  return planned.cells >= 8 && planned.fault.bad && badLayersOf([planned.fault]).length > 0;
}

function cellsOf({ layers, wires, every = 1 }: InjectedFault): number {
  return layers.length * Math.ceil((wires.last - wires.first + 1) / every);
}
