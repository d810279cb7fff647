import {
  allChambers,
  formatChamber,
  layersOf,
  superlayersOf,
  type ChamberId,
  type Matrix,
} from '@dtdqm/contract';
import { chance, integer, pick, randomOf, shuffled, uniform, type Random } from '@dtdqm/contract/random';
import {
  calibratedSpread,
  drawFault,
  drawHits,
  healthyExpectation,
  leastEvidence,
  simulateChamber,
  wireNumbers,
  type HealthySpread,
  type InjectedFault,
  type InjectedKind,
} from '@dtdqm/simulator/detector';

/** Another detector than the one that training was shown: siblings differ six times as much, most theta superlayers run in steps, edges sink. */
const otherPhysics: HealthySpread = {
  ...calibratedSpread,
  layerLevel: 0.06,
  smooth: 0.12,
  edge: [0.6, 0.9],
  step: 0.3,
  stepLevel: [0.75, 0.92],
  noisyCells: 0.15,
};

/** What this expert calls bad beside what training was shown, and one kind of fault that training never saw. */
export const ownKinds = [
  'three dead wires at an edge',
  'superlayer at 75 %',
  'layer 40 % hot',
  'a tenth dead, scattered',
  'waves (new)',
] as const;
export type Kind = (typeof ownKinds)[number] | 'standard';
export const kinds: readonly Kind[] = ['standard', ...ownKinds];

/** How often each begins, over the others: so that each has about the layers that were found bad when this was first measured by hand. */
const frequency: Readonly<Record<Kind, number>> = {
  standard: 8,
  'three dead wires at an edge': 2,
  'superlayer at 75 %': 2,
  'layer 40 % hot': 2,
  'a tenth dead, scattered': 2,
  'waves (new)': 2,
};
const standardKinds: readonly InjectedKind[] = [
  'dead-half',
  'dead-layer',
  'dead-region',
  'front-end-board',
  'weak-layer',
  'weak-half',
  'readout-group',
];

/** A fault from one run to another, both included: as the simulator has it, or a level for each wire. */
interface Lasting {
  kind: Kind;
  first: number;
  last: number;
  fault: InjectedFault;
  /** In place of the fault's own level. */
  levelOf?: (wire: number) => number;
}

export interface WorldChamber {
  chamber: ChamberId;
  matrix: Matrix;
  /** By layer 1..12: what is wrong with it; null where it is good; undefined where nobody could tell, which counts for nothing. */
  truth: (Kind | null | undefined)[];
}

export interface WorldOptions {
  seed: string;
  /** Chambers that take part, the first so many of a shuffled list. */
  chambers: number;
  runs: number;
  /** Further runs that nobody labels. */
  heldOut: number;
}

export interface World {
  runs: readonly number[];
  heldOut: readonly number[];
  /** All of it follows from the seed; made when asked for, since ten thousand matrices are many. Held-out runs are kept. */
  chambersOf(run: number): WorldChamber[];
  lumisections(run: number): number;
}

const firstRun = 380_001;
/** Of layers, as in the detector. */
const badShare = 0.014;
const meanLength = 5;

export function makeWorld({ seed, chambers: count, runs: pool, heldOut }: WorldOptions): World {
  const chambers = shuffled([...allChambers], randomOf(seed, 'chambers')).slice(0, count);
  const all = Array.from({ length: pool + heldOut }, (_, index) => firstRun + index);
  const lasting = new Map(chambers.map((chamber) => [formatChamber(chamber), [] as Lasting[]]));
  const wanted =
    badShare * chambers.reduce((sum, { station }) => sum + layersOf(station).length, 0) * all.length;
  const random = randomOf(seed, 'faults');
  for (let bad = 0; bad < wanted;) {
    const chamber = pick(random, chambers);
    const first = integer(random, firstRun - meanLength, all.at(-1)!);
    const last = first + integer(random, 0, 2 * meanLength);
    const faults = lasting.get(formatChamber(chamber))!;
    // One at a time, so that each layer has one kind.
    if (faults.some((other) => other.first <= last && other.last >= first)) continue;
    const drawn = drawLasting(chamber, random);
    faults.push({ ...drawn, first, last });
    bad += drawn.fault.layers.length * all.filter((run) => run >= first && run <= last).length;
  }
  const lumisections = (run: number) => Math.round(uniform(randomOf(seed, 'length', run), 150, 600));
  const made = new Map<number, WorldChamber[]>();
  const make = (run: number) =>
    chambers.map((chamber) => {
      const there = lasting
        .get(formatChamber(chamber))!
        .find(({ first, last }) => first <= run && last >= run);
      return simulate(seed, run, lumisections(run), chamber, there);
    });
  return {
    runs: all.slice(0, pool),
    heldOut: all.slice(pool),
    lumisections,
    chambersOf(run) {
      const known = made.get(run) ?? make(run);
      // Judged at every checkpoint.
      if (all.indexOf(run) >= pool) made.set(run, known);
      return known;
    },
  };
}

function drawLasting(chamber: ChamberId, random: Random): Pick<Lasting, 'kind' | 'fault' | 'levelOf'> {
  const kind = pick(
    random,
    kinds.flatMap((each) => Array.from({ length: frequency[each] }, () => each)),
  );
  const layer = pick(random, layersOf(chamber.station));
  const wires = wireNumbers(chamber, layer);
  const own = (fault: Partial<InjectedFault>): InjectedFault => ({
    kind: 'weak-layer',
    layers: [layer],
    wires,
    level: 1,
    bad: true,
    ...fault,
  });
  switch (kind) {
    case 'standard': {
      const fault = drawFault(pick(random, standardKinds), chamber, random);
      return { kind, fault: { ...fault, bad: true } };
    }
    case 'three dead wires at an edge': {
      const atFirst = chance(random, 0.5);
      const edge = atFirst
        ? { first: wires.first, last: wires.first + 2 }
        : { first: wires.last - 2, last: wires.last };
      return { kind, fault: own({ wires: edge, level: 0 }) };
    }
    case 'superlayer at 75 %': {
      const superlayer = pick(random, superlayersOf(chamber.station));
      return {
        kind,
        fault: own({ layers: [1, 2, 3, 4].map((position) => (superlayer - 1) * 4 + position), level: 0.75 }),
      };
    }
    case 'layer 40 % hot':
      return { kind, fault: own({ level: 1.4 }) };
    case 'a tenth dead, scattered': {
      const dead = new Set(
        shuffled(
          Array.from({ length: wires.last }, (_, wire) => wire + 1),
          random,
        ).slice(0, Math.round(wires.last / 10)),
      );
      return { kind, fault: own({ level: 0 }), levelOf: (wire) => (dead.has(wire) ? 0 : 1) };
    }
    case 'waves (new)': {
      const phase = uniform(random, 0, 2 * Math.PI);
      const length = uniform(random, 8, 14);
      return {
        kind,
        fault: own({ level: 0.5 }),
        levelOf: (wire) => 1 + 0.35 * Math.sin(phase + (2 * Math.PI * wire) / length),
      };
    }
  }
}

function simulate(
  seed: string,
  run: number,
  lumisections: number,
  chamber: ChamberId,
  there: Lasting | undefined,
): WorldChamber {
  const spread = otherPhysics;
  const layers = layersOf(chamber.station);
  if (there?.levelOf) {
    const healthy = healthyExpectation(
      chamber,
      lumisections,
      spread,
      randomOf(seed, 'built', chamber.wheel, chamber.station, chamber.sector),
    );
    const { fault, kind, levelOf } = there;
    const hits = healthy.hits.map((layer, row) =>
      layer && fault.layers.includes(row + 1)
        ? layer.map((expected, index) => expected * levelOf(index + 1))
        : layer,
    );
    const counted = randomOf(seed, 'counted', run, chamber.wheel, chamber.station, chamber.sector);
    // A level for each wire is told by more than its mean: whatever the run, it can be seen.
    const truth = truthOf(layers, (layer) => (fault.layers.includes(layer) ? kind : null));
    return { chamber, matrix: drawHits({ ...healthy, hits }, healthy, counted), truth };
  }
  const faults = there ? [there.fault] : [];
  const simulated = simulateChamber({
    chamber,
    lumisections,
    spread,
    faults,
    buildSeed: seed,
    runSeed: `${seed}/${run}`,
  });
  const truth = truthOf(layers, (layer) => {
    if (!there?.fault.layers.includes(layer)) return null;
    return (simulated.evidence[layer - 1] ?? 0) >= leastEvidence ? there.kind : undefined;
  });
  return { chamber, matrix: simulated.matrix, truth };
}

function truthOf(
  layers: readonly number[],
  of: (layer: number) => Kind | null | undefined,
): WorldChamber['truth'] {
  return Array.from({ length: 12 }, (_, row) => (layers.includes(row + 1) ? of(row + 1) : undefined));
}
