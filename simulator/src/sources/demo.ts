import { allChambers } from '@dtdqm/contract';
import { randomOf, uniform } from '@dtdqm/contract/random';
import { lumisectionSeconds, planRun } from '../detector/index.ts';
import { RunsInProgress, type PlannedRun } from './inProgress.ts';
import { SimulatedDetector, type SimulatedSettings } from './simulated.ts';

/** A run that is or was in progress; by these three and the seed it can be had again. */
export interface BegunRun {
  readonly run: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Seconds of the run at which a half layer trips for people to see. */
  readonly firstTrip: number;
}

export interface DemoSettings extends SimulatedSettings {
  /** Runs that began before, in ascending order: the last one goes on where it is not over. */
  readonly begun?: readonly BegunRun[];
  /** Whether a run is in progress and others follow it; else there are those that had begun, and no more. */
  readonly goesOn?: boolean;
  readonly onBegin?: (run: BegunRun) => void;
  readonly now?: () => number;
  readonly speed?: number;
  readonly perLumisection?: boolean;
}

/** The run in progress has been so for some minutes when it is first looked at, and trips minutes after that; in seconds. */
const [alreadyTaken, untilTrip] = [300, 180];

/** Runs that are over, and one in progress that others will follow: what there is to see without a DQM server. */
export function demoRuns(settings: DemoSettings): RunsInProgress {
  const { seed = 1, runs = 20, firstRun = 380_001, begun = [], goesOn = true, speed = 1 } = settings;
  const now = settings.now ?? Date.now;
  const before = new SimulatedDetector({ ...settings, end: settings.end ?? now() - alreadyTaken * 1000 });
  const planOf = ({ run, startedAt, firstTrip }: BegunRun): PlannedRun => {
    // What trips while people watch was well before.
    const chambers = allChambers.filter((chamber) => before.faultsOf(run, chamber).length === 0);
    return { run, startedAt, script: planRun(seed, run, { firstTrip, chambers }) };
  };
  const begin = (run: BegunRun): PlannedRun => {
    settings.onBegin?.(run);
    return planOf(run);
  };
  const overAt = ({ startedAt, script }: PlannedRun) =>
    startedAt + (script.lumisections * lumisectionSeconds * 1000) / speed;

  const planned = begun.map(planOf);
  const last = planned.at(-1);
  if (goesOn && (last === undefined || overAt(last) <= now())) {
    const number = Math.max(firstRun + runs, (last?.run ?? 0) + 1);
    const startedAt = Math.max(now() - alreadyTaken * 1000, last === undefined ? 0 : overAt(last));
    const firstTrip = ((now() - startedAt) / 1000 + untilTrip) * speed;
    planned.push(begin({ run: number, startedAt, firstTrip }));
  }
  return new RunsInProgress({
    ...settings,
    now,
    before,
    runs: planned,
    faultsOf: (run, chamber) => before.faultsOf(run, chamber),
    ...(goesOn && {
      next: ({ run }, end) => {
        const pause = uniform(randomOf(seed, 'pause before', run + 1), 120, 360);
        return begin({ run: run + 1, startedAt: end + (pause * 1000) / speed, firstTrip: untilTrip });
      },
    }),
  });
}
