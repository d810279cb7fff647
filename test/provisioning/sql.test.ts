import { afterAll, beforeAll, expect, test } from 'vitest';
import pg from 'pg';
import { expand, allStatements, type Statement } from '../../provisioning/src/statements.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { fillBySimulator, lastRun } from './filled.ts';
import { insertInside } from './inside.ts';
import { insertIncidents } from './incidents.ts';
import { connectAsReader } from './reader.ts';

let db: TestDatabase;
let reader: pg.Client;
const statements = await allStatements();
const now = new Date();
const range = { from: new Date(now.getTime() - 2 * 86_400_000), to: new Date(now.getTime() + 3_600_000) };
const several = {
  wheel: ['-2', '-1', '0', '1', '2'],
  station: ['1', '2', '3', '4'],
  sector: ['1', '2', '3', '4'],
};
const one = { wheel: '-2', station: '1', sector: '1' };

beforeAll(async () => {
  db = await createTestDatabase();
  await fillBySimulator(db.database);
  await insertIncidents(db.database);
  await insertInside(db.database, lastRun);
  reader = await connectAsReader(db.url);
});
afterAll(async () => {
  await reader.end();
  await db.drop();
});

interface Column {
  name: string;
  kind: 'number' | 'text' | 'time' | 'other';
}

const kinds: Record<number, Column['kind']> = {
  [pg.types.builtins.INT2]: 'number',
  [pg.types.builtins.INT4]: 'number',
  [pg.types.builtins.INT8]: 'number',
  [pg.types.builtins.FLOAT4]: 'number',
  [pg.types.builtins.FLOAT8]: 'number',
  [pg.types.builtins.NUMERIC]: 'number',
  [pg.types.builtins.TEXT]: 'text',
  [pg.types.builtins.VARCHAR]: 'text',
  [pg.types.builtins.TIMESTAMPTZ]: 'time',
};

async function run({ sql }: Statement): Promise<{ columns: Column[]; rows: Record<string, unknown>[] }> {
  const variables = { run: '0', last: '100', ...(sql.includes(':csv') ? several : one) };
  const { fields, rows } = await reader.query(expand(sql, { range, intervalSeconds: 600, variables }));
  const columns = fields.map(({ name, dataTypeID }): Column => ({
    name,
    kind: kinds[dataTypeID] ?? 'other',
  }));
  return { columns, rows: rows as Record<string, unknown>[] };
}

test('every statement runs as the reader, and gives the columns that are written down', async () => {
  const lines: string[] = [];
  for (const statement of statements) {
    const { columns } = await run(statement);
    lines.push(`${statement.where}: ${columns.map(({ name, kind }) => `${name} ${kind}`).join(', ')}`);
  }
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('./columns.txt');
});

test.each(statements.filter(({ kind }) => kind !== 'rule').map((each) => [each.where, each] as const))(
  '%s has rows that Grafana can draw',
  async (where, statement) => {
    const { columns, rows } = await run(statement);
    const of = (kind: Column['kind']) =>
      columns.filter((column) => column.kind === kind).map(({ name }) => name);
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(columns.map(({ name }) => name)).size).toBe(columns.length);
    if (statement.kind === 'variable') expect(columns.map(({ name }) => name)).toEqual(['__text', '__value']);
    if (statement.kind === 'annotation') {
      expect(of('time')).toContain('time');
      expect(of('text')).toContain('text');
    }
    if (statement.panel === 'trend') {
      expect(columns[0]?.name, where).toBe('run');
      expect(of('number')).toHaveLength(columns.length);
      const runs = rows.map((row) => Number(row['run']));
      expect(runs).toEqual([...new Set(runs)].sort((a, b) => a - b));
      // Something stands in each chart; what a chart leaves out are gaps.
      expect(rows.some((row) => Object.values(row).filter((value) => value !== null).length > 1)).toBe(true);
    }
    if (statement.format === 'time_series') {
      expect(columns[0]?.name, where).toBe('time');
      expect(of('text').filter((name) => name !== 'metric')).toEqual([]);
      expect(of('number').filter((name) => name !== 'time').length).toBeGreaterThan(0);
    }
  },
);

test('a run of which nothing can be said is a gap, on its place in the axis', async () => {
  const { rows: known } = await db.database.query<{ run: number }>(
    'select run from reporting.judged_runs order by run desc limit 3',
  );
  const [, middle] = known;
  await db.database.query('update run_summary set judged_chambers = 0 where run = $1', [middle?.run]);
  try {
    const found = statements.find(({ where }) => where === 'DT runs / Share of bad layers / A');
    if (found === undefined) throw new Error('no such panel');
    const { rows } = await run(found);
    expect(rows.at(-1)).toMatchObject({ run: known[0]?.run, Bad: expect.any(Number) as number });
    expect(rows.at(-2)).toMatchObject({ run: middle?.run, Bad: null });
  } finally {
    await db.database.query('update run_summary set judged_chambers = 250 where run = $1', [middle?.run]);
  }
});

test.each(statements.filter(({ kind }) => kind === 'rule').map((each) => [each.where, each] as const))(
  '%s gives one number, and names in text',
  async (_, statement) => {
    const { columns } = await run(statement);
    expect(columns.filter(({ kind }) => kind === 'number')).toHaveLength(1);
    expect(columns.filter(({ kind }) => kind !== 'number' && kind !== 'text')).toEqual([]);
  },
);

test('a slice has as its ratio the share that it is of what was counted before anything was lost', async () => {
  const { rows } = await reader.query<{ layer: number; ratios: number[] }>(
    `select layer, array_agg(ratio order by look) as ratios from reporting.slices
     where run = $1 and chamber = 'W-2 MB1 S01' and layer in (1, 8) group by layer order by layer`,
    [lastRun],
  );
  // Layer 8 lost all but a hundredth in the third look: what it counted before was no excess, and the others count no more for it.
  expect(rows.map(({ ratios }) => ratios.map((ratio) => Math.round(1000 * ratio) / 1000))).toEqual([
    [1, 1, 1],
    [1, 1, 0.01],
  ]);
});
