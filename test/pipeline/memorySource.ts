import {
  allChambers,
  formatChamber,
  mb4Wires,
  type ChamberId,
  type DataSource,
  type Matrix,
} from '@dtdqm/contract';
import type { HistogramSource, SourceRun } from '@dtdqm/simulator/sources';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';

/** What the simulated DQM server serves: runs whose hits a test can change between fetches. */
export class MemorySource implements HistogramSource {
  readonly #runs = new Map<number, { seed: number; times: number }>();
  readonly #overrides = new Map<string, Matrix | null>();

  /** As the server says. */
  origin: DataSource = 'simulated';

  /** Adds a run, or changes what it holds; with `times` as many hits it has grown. */
  set(run: number, seed = run, times = 1): this {
    this.#runs.set(run, { seed, times });
    return this;
  }

  /** When runs began, milliseconds since 1970; not told of others. */
  readonly starts = new Map<number, number>();

  /** Of all chambers, or takes what was set back when there is none. */
  overrideAll(run: number, matrixOf: ((chamber: ChamberId) => Matrix | null) | null): this {
    for (const chamber of allChambers) {
      const key = `${run} ${formatChamber(chamber)}`;
      if (matrixOf === null) this.#overrides.delete(key);
      else this.#overrides.set(key, matrixOf(chamber));
    }
    return this;
  }

  /** `null`: the run has no histogram of the chamber. */
  override(run: number, chamber: ChamberId, matrix: Matrix | null): this {
    this.#overrides.set(`${run} ${formatChamber(chamber)}`, matrix);
    return this;
  }

  runs(): SourceRun[] {
    return [...this.#runs.keys()]
      .sort((a, b) => a - b)
      .map((run) => {
        const startedAt = this.starts.get(run);
        const told = startedAt === undefined ? {} : { startedAt };
        return { run, dataset: 'Global/Online/ALL', lumisections: 100, ...told };
      });
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    const held = this.#runs.get(run);
    if (held === undefined) return undefined;
    const override = this.#overrides.get(`${run} ${formatChamber(chamber)}`);
    if (override !== undefined) return override ?? undefined;
    const width = chamber.station === 4 ? mb4Wires[chamber.sector]! : 60;
    const matrix = syntheticMatrix(chamber, width, held.seed);
    return matrix.map((row) => row.map((hits) => (hits > 0 ? hits * held.times : hits)));
  }
}
