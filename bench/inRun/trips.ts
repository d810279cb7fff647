import { allChambers, noWire, type Matrix, type RunMoment } from '@dtdqm/contract';
import { pick, randomOf, uniform } from '@dtdqm/contract/random';
import {
  LumisectionCounter,
  checkRunScript,
  drawTrip,
  lumisectionSeconds,
  tripKinds,
  type InRunFault,
  type RunScript,
  type TripKind,
} from '@dtdqm/simulator/detector';

/** What a look at a run in progress brings of one chamber: its hits since the look before. */
export interface ChamberLook {
  readonly from: RunMoment;
  readonly to: RunMoment;
  readonly counts: Matrix;
  /** All since the run began. */
  readonly soFar: Matrix;
}

export const began = Date.UTC(2026, 4, 4);

/** The moment so many seconds after a run began: lumisections are published when they are over. */
export function momentAt(seconds: number): RunMoment {
  return {
    at: new Date(began + seconds * 1000).toISOString(),
    lumisection: Math.floor(seconds / lumisectionSeconds),
  };
}

/** Looks at a chamber every so many seconds, from the beginning of a run to its end. */
export function* looksAt(
  counter: LumisectionCounter,
  { lumisections }: RunScript,
  pollSeconds: number,
): Generator<ChamberLook> {
  let [from, before] = [momentAt(0), counter.upTo(0)];
  for (let seconds = pollSeconds; ; seconds += pollSeconds) {
    const to = momentAt(seconds);
    const soFar = counter.upTo(to.lumisection!);
    const counts = soFar.map((row, y) =>
      row.map((all, x) => (all === noWire ? noWire : all - before[y]![x]!)),
    );
    yield { from, to, counts, soFar };
    if (to.lumisection! >= lumisections) return;
    [from, before] = [to, soFar];
  }
}

export interface Trip {
  readonly kind: TripKind;
  readonly station: 1 | 3;
  readonly fault: InRunFault;
  readonly script: RunScript;
  readonly counter: LumisectionCounter;
  /** Identifies the chamber as built. */
  readonly seed: string;
}

const hour = 3600;
/** Runs of six hours; the trip comes between half an hour and five hours after their beginning, and stays. */
const [runHours, earliest, latest] = [6, 0.5, 5];

/** One trip each in runs of their own: kinds and the stations MB1 and MB3 in turn, everything else by seed. */
export function drawTrips(seed: string, count: number): Trip[] {
  return Array.from({ length: count }, (_, index) => {
    const random = randomOf(seed, 'trip', index);
    const kind = tripKinds[index % tripKinds.length]!;
    const station = Math.floor(index / tripKinds.length) % 2 === 0 ? 1 : 3;
    const chamber = pick(
      random,
      allChambers.filter((each) => each.station === station),
    );
    const from = uniform(random, earliest, latest) * hour;
    const lumisections = Math.round((runHours * hour) / lumisectionSeconds);
    const fault = drawTrip(kind, chamber, random, { from, to: runHours * hour });
    const script = { ...checkRunScript({ lumisections }), faults: [fault] };
    const built = `${seed}/${index}`;
    const counter = new LumisectionCounter({ chamber, buildSeed: built, runSeed: built, script });
    return { kind, station, fault, script, counter, seed: built };
  });
}
