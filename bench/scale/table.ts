import { sum as sumOfAll } from '@dtdqm/contract/numbers';
import type { Measured } from './measured.ts';

/** Tables in Markdown: how costs grow from the smallest number of runs to the greatest. */
export function growthTable(all: readonly Measured[]): string {
  const filled = all.filter(({ runs }) => runs > 0);
  const row = (what: string, of: readonly Measured[], value: (at: Measured) => unknown) =>
    `| ${[what, ...of.map((at) => String(value(at) ?? ''))].join(' | ')} |`;
  const head = (what: string, of: readonly Measured[]) => [
    row(what, of, ({ runs }) => `${runs.toLocaleString('en')} runs`),
    `| --- |${' --: |'.repeat(of.length)}`,
  ];
  const times = (of: 'api' | 'statements', least: number) => {
    const names = Object.keys(filled.at(-1)?.[of] ?? {});
    const last = (name: string) => filled.at(-1)?.[of]?.[name] ?? 0;
    return names
      .filter((name) => last(name) >= least)
      .sort((a, b) => last(b) - last(a))
      .map((name) => row(name, filled, (at) => at[of]?.[name]));
  };
  const count = (of: 'api' | 'statements') => (at: Measured) =>
    Object.values(at[of] ?? {}).filter((ms) => ms > 200).length;
  const sum = (of: 'api' | 'statements') => (at: Measured) =>
    Math.round(sumOfAll(Object.values(at[of] ?? {})));
  const tables = Object.keys(filled.at(-1)?.sizes?.tables ?? {}).slice(0, 6);
  const retention = all.at(-1)?.retention;
  return [
    ...[...new Set(all.map(({ machine }) => machine.replace(/, load [\d.]+/, '')))],
    '',
    ...head('one more run, s', all),
    row('ingest: fetch, score, explain, store', all, ({ seconds }) => seconds.ingest),
    row('ledger of incidents', all, ({ seconds }) => seconds.ledger),
    row('load before', all, ({ load }) => load.toFixed(1)),
    '',
    ...head('on disk', filled),
    row('MB', filled, ({ sizes }) => sizes?.megabytes),
    row('kB a run', filled, ({ sizes }) => sizes?.kilobytesPerRun),
    ...tables.map((name) =>
      row(`${name}, kB a run (and its indexes)`, filled, ({ sizes }) => {
        const { kilobytesPerRun, ofThemIndexes } = sizes?.tables[name] ?? {};
        return kilobytesPerRun === undefined ? '' : `${kilobytesPerRun} (${ofThemIndexes})`;
      }),
    ),
    '',
    ...head('calls of the API that read, ms (all)', filled),
    ...times('api', 0),
    row('sum', filled, sum('api')),
    row('over 200 ms', filled, count('api')),
    '',
    ...head('statements of dashboards and rules, ms (from 10 ms on)', filled),
    ...times('statements', 10),
    row('sum of all', filled, sum('statements')),
    row('number', filled, (at) => Object.keys(at.statements ?? {}).length),
    row('over 200 ms', filled, count('statements')),
    '',
    ...(retention === undefined
      ? []
      : ['Retention at the greatest number:', '', '```json', JSON.stringify(retention, null, 2), '```', '']),
  ].join('\n');
}
