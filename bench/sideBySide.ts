import { median } from '@dtdqm/contract/numbers';
/** One way to do something. The first of several is ours, with which the others are compared. */
export interface Way {
  what: string;
  work: () => unknown;
}

export interface Timed {
  what: string;
  /** ms. */
  median: number;
  least: number;
  /** How many times as long as ours. */
  ratio: number;
}

/**
 * Times ways to do the same in turn, round after round, so that whatever else the machine does meets all of them alike: times
 * on a busy machine are too long, the ratios hold.
 */
export async function sideBySide(ways: readonly Way[], rounds: number): Promise<Timed[]> {
  const times = ways.map((): number[] => []);
  for (const { work } of ways) await work();
  for (let round = 0; round < rounds; round++) {
    for (const [index, { work }] of ways.entries()) {
      const started = performance.now();
      await work();
      times[index]?.push(performance.now() - started);
    }
  }
  return ratios(ways.map(({ what }, index) => ({ what, times: times[index] ?? [] })));
}

/** The same from times that were taken elsewhere, in one run of the program and in turn. */
export function ratios(measured: readonly { what: string; times: readonly number[] }[]): Timed[] {
  const medians = measured.map(({ times }) => median(times));
  return measured.map(({ what, times }, index) => ({
    what,
    median: medians[index] ?? NaN,
    least: Math.min(...times),
    ratio: (medians[index] ?? NaN) / (medians[0] ?? NaN),
  }));
}

/**
 * A Markdown table.
 *
 * @param rates further columns, worked out from the median, ms.
 */
export function tableOf(
  title: string,
  timed: readonly Timed[],
  rates: Readonly<Record<string, (median: number) => string>> = {},
): string {
  const names = Object.keys(rates);
  return [
    `| ${[title, 'median', 'least', ...names, 'times ours'].join(' | ')} |`,
    `| --- |${' --: |'.repeat(names.length + 3)}`,
    ...timed.map(({ what, median, least, ratio }) => {
      const further = names.map((name) => rates[name]?.(median) ?? '');
      return `| ${[what, milliseconds(median), milliseconds(least), ...further, ratio.toPrecision(3)].join(' | ')} |`;
    }),
    '',
  ].join('\n');
}

function milliseconds(time: number): string {
  return `${time < 10 ? time.toFixed(2) : time < 100 ? time.toFixed(1) : time.toFixed(0)} ms`;
}
