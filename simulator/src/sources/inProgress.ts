import { type ChamberId, type Matrix, formatChamber } from '@dtdqm/contract';
import {
  LumisectionCounter,
  lumisectionSeconds,
  type InRunFault,
  type InjectedFault,
  type RunScript,
} from '../detector/index.ts';
import type { HistogramSource, SourceRun } from './replay.ts';

/** A run that is taken at a known time, with what happens in it. */
export interface PlannedRun {
  readonly run: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly script: RunScript;
}

export interface InProgressSettings {
  /** Same seed, same chambers, same counts; as the seed of the runs before. */
  readonly seed?: number | string;
  readonly dataset?: string;
  /** Runs that have begun or will, in ascending order. */
  readonly runs: readonly PlannedRun[];
  /** What comes after the last of them, told its number and when it was over; nothing where this is not set. */
  readonly next?: (last: PlannedRun, overAt: number) => PlannedRun;
  /** Called with every run that {@link next} planned, once. */
  readonly onNext?: (planned: PlannedRun) => void;
  /** Served beside them: runs that are over. */
  readonly before?: HistogramSource;
  /** What is wrong with a chamber all through a run, beside the scripts. */
  readonly faultsOf?: (run: number, chamber: ChamberId) => readonly InjectedFault[];
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How many times as fast runs go as real ones; lumisections take less time then. */
  readonly speed?: number;
  /** Whether plots of single lumisections are saved as well. */
  readonly perLumisection?: boolean;
  /** Lumisections of all runs of which none are. */
  readonly notSaved?: readonly number[];
}

/** Runs whose counts are kept; of older ones they are made again when asked for. */
const runsKept = 3;

/**
 * Runs of the simulated detector that are in progress by a clock: their histograms hold what was counted in the lumisections that are
 * over, as the online DQM publishes them. Faults come and go inside of them as the scripts say, which is the truth for tests.
 */
export class RunsInProgress implements HistogramSource {
  readonly #settings: InProgressSettings;
  readonly #seed: number | string;
  readonly #now: () => number;
  readonly #secondsEach: number;
  readonly #planned: PlannedRun[];
  /** By run, the one used last at the end. */
  readonly #counters = new Map<number, Map<string, LumisectionCounter>>();
  readonly lumisection?: (run: number, chamber: ChamberId, lumisection: number) => Matrix | undefined;

  /** @throws {RangeError} for runs that overlap. */
  constructor(settings: InProgressSettings) {
    const { seed = 1, now = Date.now, speed = 1, runs, perLumisection = false, notSaved = [] } = settings;
    this.#settings = settings;
    this.#seed = seed;
    this.#now = now;
    this.#secondsEach = lumisectionSeconds / speed;
    this.#planned = [...runs];
    for (const [index, { run, startedAt }] of runs.entries()) {
      const last = runs[index - 1];
      if (last && (run <= last.run || startedAt < this.#overAt(last))) {
        throw new RangeError(`run ${run} must come after run ${last.run}, in number and in time`);
      }
    }
    if (perLumisection) {
      this.lumisection = (run, chamber, lumisection) => {
        const { planned, recorded } = this.#find(run) ?? {};
        if (!planned || lumisection < 1 || lumisection > recorded! || notSaved.includes(lumisection))
          return undefined;
        return this.#counterOf(planned, chamber).only(lumisection);
      };
    }
  }

  runs(): SourceRun[] {
    const { before, dataset = 'Global/Online/ALL', perLumisection = false, notSaved = [] } = this.#settings;
    const begun = this.#begun().map((planned) => ({
      run: planned.run,
      dataset,
      lumisections: this.#recorded(planned),
      startedAt: planned.startedAt,
      lumisectionSeconds: this.#secondsEach,
      ...{ perLumisection, notSaved },
    }));
    return [...(before?.runs() ?? []), ...begun].sort((a, b) => a.run - b.run);
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    const { planned, recorded = 0 } = this.#find(run) ?? {};
    return planned
      ? this.#counterOf(planned, chamber).upTo(recorded)
      : this.#settings.before?.chamber(run, chamber);
  }

  /**
   * What happens in a run, as it was planned.
   *
   * @throws {RangeError} when it has not begun.
   */
  truth(run: number): { planned: PlannedRun; faults: readonly InRunFault[] } {
    const { planned } = this.#find(run) ?? {};
    if (!planned) throw new RangeError(`run ${run} is not in progress, nor was it`);
    return { planned, faults: planned.script.faults };
  }

  #find(run: number): { planned: PlannedRun; recorded: number } | undefined {
    const planned = this.#begun().find((each) => each.run === run);
    return planned && { planned, recorded: this.#recorded(planned) };
  }

  /** Runs that have begun by now, those included that come after the last one planned. */
  #begun(): PlannedRun[] {
    const { next, onNext } = this.#settings;
    const now = this.#now();
    for (let last = this.#planned.at(-1); next && last && this.#overAt(last) <= now;) {
      last = next(last, this.#overAt(last));
      this.#planned.push(last);
      onNext?.(last);
    }
    return this.#planned.filter(({ startedAt }) => startedAt <= now);
  }

  #recorded({ startedAt, script }: PlannedRun): number {
    const over = Math.floor((this.#now() - startedAt) / 1000 / this.#secondsEach);
    return Math.min(script.lumisections, Math.max(0, over));
  }

  #overAt({ startedAt, script }: PlannedRun): number {
    return startedAt + script.lumisections * this.#secondsEach * 1000;
  }

  #counterOf({ run, script }: PlannedRun, chamber: ChamberId): LumisectionCounter {
    const ofRun = this.#counters.get(run) ?? new Map<string, LumisectionCounter>();
    this.#counters.delete(run);
    this.#counters.set(run, ofRun);
    const [oldest] = this.#counters.keys();
    if (this.#counters.size > runsKept && oldest !== undefined) this.#counters.delete(oldest);
    const key = formatChamber(chamber);
    const known = ofRun.get(key);
    if (known) return known;
    const counter = new LumisectionCounter({
      chamber,
      buildSeed: this.#seed,
      runSeed: `${this.#seed}:${run}:${key}`,
      script,
      faults: this.#settings.faultsOf?.(run, chamber) ?? [],
    });
    ofRun.set(key, counter);
    return counter;
  }
}
