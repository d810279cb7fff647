import { formatChamber, type ChamberOfRun, type Lease, type StrategyName } from '@dtdqm/contract';
import type { LabelApi } from '../api/monitorApi.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import type { Task } from './session.ts';

export interface PrefetchOptions {
  /** Chambers to keep ready beside the one on display. */
  ahead: number;
  strategy: StrategyName | null;
}

/** Key of a chamber of a run, for sets and maps. */
export function chamberKey(chamber: ChamberOfRun): string {
  return `${chamber.run} ${formatChamber(chamber)}`;
}

/** Keeps the next chambers ready, data and all, so that going on waits for nothing. */
export class Prefetch {
  readonly #api: LabelApi;
  readonly #options: PrefetchOptions;
  readonly #ready: Task[] = [];
  /** Leased, and not read yet. */
  readonly #leased: Lease[] = [];
  readonly #seen = new Set<string>();
  #loading: Promise<void> | null = null;
  #problem: Problem | null = null;

  constructor(api: LabelApi, options: PrefetchOptions) {
    this.#api = api;
    this.#options = options;
  }

  /** Why the last loading failed; null when it went well, also when the queue had nothing left. */
  get problem(): Problem | null {
    return this.#problem;
  }

  /** The next chamber if one is ready; begins to load another in its place. */
  take(): Task | null {
    const task = this.#ready.shift() ?? null;
    void this.fill();
    return task;
  }

  /** Returns a chamber that was taken and not dealt with, to be the next one again. */
  putBack(task: Task): void {
    this.#ready.unshift(task);
  }

  /** The next chamber, waited for; null when there is none or it could not be fetched (see `problem`). */
  async takeWhenReady(): Promise<Task | null> {
    if (this.#ready.length === 0) await this.fill();
    // Nothing came, so whoever asks decides when it is worth another request.
    return this.#ready.length > 0 ? this.take() : null;
  }

  /** One chamber that the expert asked for, with its labels. */
  async open(chamber: ChamberOfRun, lease: Lease | null = null): Promise<Task> {
    const [data, history] = await Promise.all([this.#api.chamber(chamber), this.#api.history(chamber)]);
    return { chamber, data, history, reason: lease?.reason.text ?? null, lease: lease?.lease.id ?? null };
  }

  /** Loads until enough are ready. Calls while loading join the one under way. */
  fill(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    return this.#loading;
  }

  /** Gives back what nobody will look at. */
  async close(): Promise<void> {
    const ready = this.#ready.splice(0).flatMap(({ lease }) => (lease ? [lease] : []));
    const leases = [...ready, ...this.#leased.splice(0).map(({ lease }) => lease.id)];
    await Promise.allSettled(leases.map((lease) => this.#api.release(lease)));
  }

  async #load(): Promise<void> {
    const wanted = this.#options.ahead - this.#ready.length;
    if (wanted <= 0) return;
    try {
      await this.#lease(wanted - this.#leased.length);
      await this.#openLeased();
    } catch (thrown) {
      this.#problem = asProblem(thrown);
    }
  }

  async #lease(count: number): Promise<void> {
    if (count <= 0) return;
    const { strategy } = this.#options;
    const leases = await this.#api.next({ count, ...(strategy ? { strategy } : {}) });
    this.#leased.push(...leases.filter((lease) => !this.#seen.has(chamberKey(chamberOf(lease)))));
  }

  /** A chamber that could not be read just now stays leased and is tried again; one that has vanished is left out. */
  async #openLeased(): Promise<void> {
    const leases = this.#leased.splice(0);
    const opened = await Promise.allSettled(leases.map((lease) => this.open(chamberOf(lease), lease)));
    this.#problem = null;
    for (const [index, outcome] of opened.entries()) {
      const lease = leases[index];
      if (outcome.status === 'fulfilled') {
        this.#seen.add(chamberKey(outcome.value.chamber));
        this.#ready.push(outcome.value);
      } else {
        this.#problem = asProblem(outcome.reason);
        if (this.#problem.isTransient && lease) this.#leased.push(lease);
      }
    }
  }
}

function chamberOf({ run, wheel, station, sector }: Lease): ChamberOfRun {
  return { run, wheel, station, sector } as ChamberOfRun;
}
