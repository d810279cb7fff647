import { upperQuantile } from '@dtdqm/contract/numbers';
/** Collects how long calls take, ms. */
export class Latencies {
  readonly name: string;
  readonly #values: number[] = [];

  constructor(name: string) {
    this.name = name;
  }

  async time<T>(work: () => Promise<T>): Promise<T> {
    const start = performance.now();
    const result = await work();
    this.#values.push(performance.now() - start);
    return result;
  }

  /** One row of a Markdown table. */
  row(): string {
    const at = (share: number) => upperQuantile(this.#values, share).toFixed(1);
    return `| ${this.name} | ${this.#values.length} | ${at(0.5)} | ${at(0.95)} | ${at(0.99)} | ${at(1)} |`;
  }
}

export const latencyHeader =
  '| call | number | median, ms | p95, ms | p99, ms | greatest, ms |\n| --- | --: | --: | --: | --: | --: |';
