import { formatChamber, type ChamberId, type Matrix } from '@dtdqm/contract';
import type { HistogramSource, SourceRun } from '@dtdqm/simulator/sources';
import { syntheticMatrix } from '../postgres/syntheticRun.ts';

/** What the simulated DQM server serves: runs whose hits a test can change between fetches. */
export class MemorySource implements HistogramSource {
  readonly #seeds = new Map<number, number>();
  readonly #overrides = new Map<string, Matrix>();

  /** Adds a run, or changes what it holds. */
  set(run: number, seed = run): this {
    this.#seeds.set(run, seed);
    return this;
  }

  override(run: number, chamber: ChamberId, matrix: Matrix): this {
    this.#overrides.set(`${run} ${formatChamber(chamber)}`, matrix);
    return this;
  }

  runs(): SourceRun[] {
    return [...this.#seeds.keys()]
      .sort((a, b) => a - b)
      .map((run) => ({ run, dataset: 'Global/Online/ALL', lumisections: 100 }));
  }

  chamber(run: number, chamber: ChamberId): Matrix | undefined {
    const seed = this.#seeds.get(run);
    if (seed === undefined) return undefined;
    const width = chamber.station === 4 ? 96 : 60;
    return this.#overrides.get(`${run} ${formatChamber(chamber)}`) ?? syntheticMatrix(chamber, width, seed);
  }
}
