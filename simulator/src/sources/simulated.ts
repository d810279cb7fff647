import { allChambers, formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import {
  badLayersOf,
  faultsInRun,
  lumisectionsOfRun,
  simulateChamber,
  startsOfRuns,
  type InjectedFault,
} from '../detector/index.ts';
import type { HistogramSource, SourceRun } from './replay.ts';

export interface SimulatedSettings {
  /** Same seed, same bytes. Default 1. */
  readonly seed?: number | string;
  /** Number of runs. Default 20. */
  readonly runs?: number;
  /** Run numbers go up from here. Default 380001. */
  readonly firstRun?: number;
  /** Mean number of faults that begin in a chamber in a run. Default 0.003. */
  readonly faultRate?: number;
  /** Typical length of a run. Default 250, which gives 50 to 190 hits per wire in MB1. */
  readonly lumisections?: number;
  readonly dataset?: string;
  /** When the last run is over, milliseconds since 1970. Default a day of 2026. */
  readonly end?: number;
}

export interface ChamberTruth {
  readonly chamber: ChamberId;
  readonly faults: readonly InjectedFault[];
  /** Layers 1..12 that an expert would call bad. */
  readonly badLayers: readonly number[];
}

/** The simulated detector as a source of runs; any chamber of any run is made when asked for. */
export class SimulatedDetector implements HistogramSource {
  readonly #seed: number | string;
  readonly #firstRun: number;
  readonly #faultRate: number;
  readonly #runs: readonly SourceRun[];

  constructor({
    seed = 1,
    runs = 20,
    firstRun = 380001,
    faultRate = 0.003,
    lumisections = 250,
    dataset = 'Global/Online/ALL',
    end = Date.UTC(2026, 4, 4),
  }: SimulatedSettings = {}) {
    this.#seed = seed;
    this.#firstRun = firstRun;
    this.#faultRate = faultRate;
    const lengths = Array.from({ length: runs }, (_, index) => lumisectionsOfRun(seed, index, lumisections));
    const starts = startsOfRuns(seed, lengths, end);
    this.#runs = lengths.map((length, index) => ({
      run: firstRun + index,
      dataset,
      lumisections: length,
      startedAt: starts[index] ?? end,
    }));
  }

  runs(): SourceRun[] {
    return [...this.#runs];
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    return this.#simulate(run, chamber)?.matrix;
  }

  /**
   * What is wrong in a run: every chamber that has a fault.
   *
   * @throws {RangeError} when there is no such run.
   */
  truth(run: number): ChamberTruth[] {
    if (!this.#find(run)) throw new RangeError(`run ${run} is not simulated`);
    return allChambers
      .map((chamber) => {
        const faults = this.faultsOf(run, chamber);
        return { chamber, faults, badLayers: badLayersOf(faults) };
      })
      .filter(({ faults }) => faults.length > 0);
  }

  /** Also of runs after the last one: what has not healed is still there, and nothing new has begun. */
  faultsOf(run: number, chamber: ChamberId): InjectedFault[] {
    const settings = { seed: this.#seed, runs: this.#runs.length, faultRate: this.#faultRate };
    return faultsInRun(settings, chamber, run - this.#firstRun);
  }

  #find(run: number): SourceRun | undefined {
    return this.#runs[run - this.#firstRun];
  }

  #simulate(run: number, chamber: ChamberId) {
    const found = this.#find(run);
    if (!found) return undefined;
    return simulateChamber({
      chamber,
      buildSeed: this.#seed,
      runSeed: `${this.#seed}:${run}:${formatChamber(chamber)}`,
      lumisections: found.lumisections,
      faults: this.faultsOf(run, chamber),
    });
  }
}
