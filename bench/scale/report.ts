import { sum as total } from '@dtdqm/contract/numbers';
import type { Filled } from './fillTo.ts';
import type { measureRetention, tableSizes } from './figures.ts';

/** What was measured with so many runs stored. */
export interface Measured {
  runs: number;
  chambers: number;
  machine: string;
  /** Of the machine before. */
  load: number;
  filled: Filled | null;
  /** For one more run. */
  seconds: { ingest: number; ledger: number };
  sizes?: Awaited<ReturnType<typeof tableSizes>>;
  /** ms by call. */
  api?: Record<string, number>;
  /** ms by statement. */
  statements?: Record<string, number>;
  retention?: Awaited<ReturnType<typeof measureRetention>>;
}

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
  const sum = (of: 'api' | 'statements') => (at: Measured) => Math.round(total(Object.values(at[of] ?? {})));
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

/** What a panel of the picture shows: values by number of runs, from 0 to a round number. */
interface Panel {
  title: string;
  lines: { name: string; value: (at: Measured) => number | undefined }[];
}

const sum = (times: Readonly<Record<string, number>> | undefined) => times && total(Object.values(times));
const slowest = (times: Readonly<Record<string, number>> | undefined) =>
  times && Math.max(...Object.values(times));

const panels: readonly Panel[] = [
  { title: 'on disk, MB', lines: [{ name: 'all tables', value: ({ sizes }) => sizes?.megabytes }] },
  {
    title: 'one more run, s',
    lines: [
      { name: 'ingest', value: ({ seconds }) => seconds.ingest },
      { name: 'ledger', value: ({ seconds }) => seconds.ledger },
    ],
  },
  {
    title: 'API, ms',
    lines: [
      { name: 'all reading calls together', value: ({ api }) => sum(api) },
      { name: 'slowest', value: ({ api }) => slowest(api) },
      { name: 'one chamber', value: ({ api }) => api?.['GET /data/{run}/{wheel}/{sector}/{station}'] },
    ],
  },
  {
    title: 'dashboards and rules, ms',
    lines: [
      { name: 'all statements together', value: ({ statements }) => sum(statements) },
      { name: 'slowest', value: ({ statements }) => slowest(statements) },
    ],
  },
];

const size = { width: 420, height: 220 };
const room = { left: 60, right: 20, top: 34, bottom: 34 };
const dashes = ['', '6 3', '2 3'];

/** How cost grows with the number of runs stored: four panels as SVG, both axes linear, so that a straight line is linear growth. */
export function pictureOf(all: readonly Measured[]): string {
  const most = Math.max(...all.map(({ runs }) => runs));
  const body = panels.map((panel, index) => {
    const [x, y] = [(index % 2) * size.width, Math.floor(index / 2) * size.height];
    return `<g transform="translate(${x} ${y})">${panelOf(panel, all, most)}</g>`;
  });
  const [width, height] = [2 * size.width, Math.ceil(panels.length / 2) * size.height];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
<rect width="${width}" height="${height}" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}

function panelOf({ title, lines }: Panel, all: readonly Measured[], most: number): string {
  const drawn = lines.map(({ name, value }) => ({
    name,
    points: all.flatMap((at) => {
      const y = value(at);
      return y === undefined ? [] : [{ runs: at.runs, y }];
    }),
  }));
  const top = roundUp(Math.max(...drawn.flatMap(({ points }) => points.map(({ y }) => y))));
  const [right, bottom] = [size.width - room.right, size.height - room.bottom];
  const x = (runs: number) => (room.left + ((right - room.left) * runs) / most).toFixed(1);
  const y = (value: number) => (bottom - ((bottom - room.top) * value) / top).toFixed(1);
  const ticks = [0, top / 2, top].map(
    (value) =>
      `<line x1="${room.left}" x2="${right}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="${room.left - 6}" y="${Number(y(value)) + 4}" text-anchor="end" fill="#555">${value.toLocaleString('en')}</text>`,
  );
  const marks = all
    .filter(({ runs }) => runs === 0 || runs >= most / 10)
    .map(
      ({ runs }) =>
        `<text x="${x(runs)}" y="${bottom + 18}" text-anchor="middle" fill="#555">${runs.toLocaleString('en')}${runs === most ? ' runs' : ''}</text>`,
    );
  const curves = drawn.map(({ name, points }, index) => {
    const last = points.at(-1) ?? { runs: 0, y: 0 };
    return [
      `<polyline fill="none" stroke="#1f60c4" stroke-width="2" stroke-dasharray="${dashes[index]}" points="${points.map((p) => `${x(p.runs)},${y(p.y)}`).join(' ')}"/>`,
      ...points.map((p) => `<circle cx="${x(p.runs)}" cy="${y(p.y)}" r="3" fill="#1f60c4"/>`),
      `<text x="${right - 8}" y="${Number(y(last.y)) - 7}" text-anchor="end">${name}</text>`,
    ].join('');
  });
  return `<text x="${room.left}" y="18" font-weight="bold">${title}</text>${[...ticks, ...marks, ...curves].join('\n')}`;
}

/** The next 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value) ?? 10);
}
