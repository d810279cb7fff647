import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allChambers, labelWriteSchema, layersOf, type LabelWrite } from '@dtdqm/contract';
import type { Database } from '@dtdqm/worker/storage/database';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { saveUserScores } from '@dtdqm/worker/storage/labels/original';
import { eventsOf } from '@dtdqm/worker/storage/labels/read';
import { exportLabels, importLabels } from '@dtdqm/worker/storage/labels/transfer';
import { skipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import { createTestDatabase } from '../postgres/database.ts';
import { queueRuns } from './labelled.ts';

const experts = ['ana', 'Łukasz "the, second"', 'token'] as const;

/** Any text that a request may hold, with a liking for what forms of files trip over. */
const text = (maxLength: number) =>
  fc
    .oneof(
      fc.constantFrom(
        '',
        ' ',
        '""',
        'null',
        '[]',
        ',',
        '\r\n',
        '\uFEFF',
        '=1+1',
        '\u2028',
        '\u007f',
        'é\u0301',
      ),
      fc.string({ unit: 'binary', maxLength }),
      fc.string({
        unit: fc.constantFrom('"', ',', '\n', '\r', ' ', 'ř', '𝒳', '\\', "'", ';', '\t'),
        maxLength,
      }),
    )
    .filter((each) => !/[\0\p{Cs}]/u.test(each));

const real = (min: number, max: number) =>
  fc.oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(0, -0, 1e-300, 5e-324, 0.1, 1 / 3, max));

type Step =
  | { kind: 'label'; expert: string; index: number; bad: number[]; rest: Partial<LabelWrite> }
  | { kind: 'skip'; expert: string; index: number; note: string }
  | { kind: 'undo'; expert: string; which: number }
  | { kind: 'original'; expert: string; index: number; bad: number[] }
  | { kind: 'file'; expert: string; index: number; layer: number };

const expert = fc.constantFrom(...experts);
/** Few chambers, so that much is said of each. */
const index = fc.constantFrom(0, 1, 12, 249);
const bad = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('label' as const),
    expert,
    index,
    bad,
    rest: fc.record(
      {
        note: text(40),
        blind: fc.boolean(),
        queueReason: fc.option(text(20)),
        seconds: fc.option(real(0, 86_400)),
        seen: fc.record({
          model: fc.option(text(10)),
          scores: fc.option(fc.array(real(-1, 1), { minLength: 12, maxLength: 12 })),
        }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({ kind: fc.constant('skip' as const), expert, index, note: text(20) }),
  fc.record({ kind: fc.constant('undo' as const), expert, which: fc.nat(20) }),
  fc.record({ kind: fc.constant('original' as const), expert, index, bad }),
  fc.record({ kind: fc.constant('file' as const), expert, index, layer: fc.integer({ min: 1, max: 4 }) }),
);

async function take(db: Database, each: Step, idempotencyKey: string): Promise<void> {
  if (each.kind === 'undo') {
    const { events } = await eventsOf(db, { expert: each.expert });
    const open = events.filter(({ kind, undoneBy }) => kind !== 'undo' && undoneBy === null);
    const event = open[each.which % Math.max(1, open.length)];
    if (event) await undoEvent(db, each.expert, { event: event.id, idempotencyKey });
    return;
  }
  const chamber = { run: 1, ...allChambers[each.index]! };
  const layers = layersOf(chamber.station);
  if (each.kind === 'skip') {
    await skipChamber(db, each.expert, { ...chamber, note: each.note, idempotencyKey });
  } else if (each.kind === 'original') {
    const said = each.bad.filter((layer) => layers.includes(layer));
    await saveUserScores(db, each.expert, chamber, said);
  } else if (each.kind === 'file') {
    const { wheel, station, sector } = chamber;
    const line = `${wheel},${station},${sector},1,${each.layer},0\n`;
    await importLabels(db, Readable.from([line]), { format: 'original', flags: 'good', expert: each.expert });
  } else {
    const verdicts = Array.from({ length: 12 }, (_, row) =>
      layers.includes(row + 1) ? (each.bad.includes(row + 1) ? ('bad' as const) : ('good' as const)) : null,
    );
    const marked = each.bad.filter((layer) => layers.includes(layer));
    const marks = marked.length === 0 ? [] : [{ layers: marked, kind: null, wires: { first: 1, last: 9 } }];
    await writeLabel(
      db,
      each.expert,
      labelWriteSchema.parse({ ...chamber, verdicts, marks, idempotencyKey, ...each.rest }),
    );
  }
}

async function exported(db: Database): Promise<string> {
  let whole = '';
  for await (const chunk of exportLabels(db, 'jsonl')) whole += chunk;
  return whole;
}

/** The lines, in their order, with ids counted from 1: those of another database have other gaps. */
function renumbered(jsonl: string): unknown[] {
  const events = jsonl
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const places = new Map<unknown, number>(events.map(({ id }, place) => [id, place + 1]));
  const placeOf = (id: unknown) => places.get(id) ?? null;
  return events.map((event) => ({
    ...event,
    id: placeOf(event['id']),
    undoes: placeOf(event['undoes']),
    undoneBy: placeOf(event['undoneBy']),
  }));
}

it('whatever was said comes out of an empty database as it went into it, line by line', async () => {
  let events = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const [source, target] = await Promise.all([createTestDatabase(), createTestDatabase()]);
      try {
        await queueRuns(source.database, 1);
        for (const [place, each] of steps.entries()) await take(source.database, each, `step-${place}-xxxx`);
        const whole = await exported(source.database);
        // PostgreSQL writes the lines, and other numbers and spaces than we do.
        for (const line of whole.trimEnd().split('\n').filter(Boolean))
          expect(line).toBe(JSON.stringify(JSON.parse(line)));
        const report = await importLabels(target.database, Readable.from([Buffer.from(whole)]), {
          format: 'jsonl',
          expert: 'nobody',
        });
        expect(report.lines).toEqual([]);
        expect(renumbered(await exported(target.database))).toEqual(renumbered(whole));
        events += report.taken;
      } finally {
        await Promise.all([source.drop(), target.drop()]);
      }
    }),
    { numRuns: Number(process.env['DTDQM_ROUND_TRIPS'] ?? 6) },
  );
  expect(events).toBeGreaterThan(20);
});
