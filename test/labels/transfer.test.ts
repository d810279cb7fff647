import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { transaction, type Database } from '@dtdqm/worker/storage/database';
import { labelHistory } from '@dtdqm/worker/storage/labels/read';
import { skipChamber, undoEvent } from '@dtdqm/worker/storage/labels/undo';
import {
  exportLabels,
  importLabels,
  type ExportFormat,
  type ImportFormat,
  type ImportOptions,
} from '@dtdqm/worker/storage/labels/transfer';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { createTestDatabase, somebodyWaits, type TestDatabase } from '../postgres/database.ts';
import { countEvents, labelOf, queueRuns, stateOf, verdictsOf } from './labelled.ts';

const open: TestDatabase[] = [];
async function database(): Promise<Database> {
  const created = await createTestDatabase();
  open.push(created);
  return created.database;
}
afterAll(() => Promise.all(open.map((each) => each.drop())));

async function exported(db: Database, format: ExportFormat): Promise<string> {
  let text = '';
  for await (const chunk of exportLabels(db, format)) text += chunk;
  return text;
}
const imported = (
  db: Database,
  text: string | Buffer,
  format: ImportFormat,
  options: Partial<ImportOptions> = format === 'original' ? { flags: 'good' } : {},
) => importLabels(db, Readable.from([Buffer.from(text)]), { format, expert: 'old tool', ...options });

/** Everything but ids and versions of the database, which a move does not keep. */
function contents(jsonl: string): object[] {
  const events = jsonl
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string | null>);
  const keyOf = new Map(events.map((event) => [event['id'], event['idempotencyKey']]));
  return events
    .map(({ id: _id, version: _version, undoes, undoneBy, ...event }) => ({
      ...event,
      undoes: keyOf.get(undoes ?? null) ?? null,
      undoneBy: keyOf.get(undoneBy ?? null) ?? null,
    }))
    .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}

let source: Database;
beforeAll(async () => {
  source = await database();
  const label = await writeLabel(
    source,
    'ana',
    labelOf(1, 0, {
      verdicts: verdictsOf(1).with(8, 'bad').with(2, 'not-sure'),
      marks: [{ layers: [9], kind: 'dead-half', wires: { first: 1, last: 24 } }],
      note: 'a "note",\nwith everything, éè',
      blind: true,
      seen: {
        model: 'm@1',
        scores: Array.from({ length: 12 }, (_, layer) => layer / 16).with(11, 2e-5),
        hits: 4_000_000_000,
      },
      queueReason: 'why, not',
      seconds: 1.5,
      idempotencyKey: 'first-label',
    }),
  );
  await writeLabel(source, 'bo', labelOf(1, 0, { verdicts: verdictsOf(1, 'bad') }));
  await undoEvent(source, 'ana', { event: label.id, idempotencyKey: 'undo-0001' });
  await skipChamber(source, 'cy', { ...labelOf(1, 36), idempotencyKey: 'skip-0001' });
  await writeLabel(source, 'ana', labelOf(2, 40));
});

describe('jsonl', () => {
  it('is the same line for the same event, letter by letter', async () => {
    const { events } = await labelHistory(source, labelOf(1, 0));
    const [line = ''] = (await exported(source, 'jsonl')).split('\n');
    const undone = events.find(({ kind }) => kind === 'undo');
    const [{ at, id } = { at: '', id: '' }] = events;
    expect(line.replace(/"requestHash":"[\w-]{43}"}$/, '')).toBe(
      `{"id":"${id}","kind":"label","at":"${at}","by":"ana","run":1,"wheel":-2,"station":1,"sector":1,"version":1,"span":null,` +
        '"verdicts":["good","good","not-sure","good","good","good","good","good","bad","good","good","good"],' +
        '"marks":[{"kind":"dead-half","wires":{"last":24,"first":1},"layers":[9]}],"note":"a \\"note\\",\\nwith everything, éè","blind":true,' +
        '"seen":{"model":"m@1","scores":[0,0.0625,0.125,0.1875,0.25,0.3125,0.375,0.4375,0.5,0.5625,0.625,0.00002],"hits":4000000000},' +
        `"queueReason":"why, not","seconds":1.5,"source":"panel","undoes":null,"undoneBy":"${undone?.id}","idempotencyKey":"first-label",`,
    );
  });

  it('moves every event whole to another database, once', async () => {
    const text = await exported(source, 'jsonl');
    const target = await database();
    await queueRuns(target, 1);
    expect(await imported(target, text, 'jsonl')).toEqual({
      taken: 5,
      withoutRun: 1,
      alreadyThere: 0,
      refused: 0,
      stored: true,
      lines: [],
      preview: expect.arrayContaining(['line 1: run 1 W-2_St1_Sec1 label by ana']) as string[],
    });
    expect(contents(await exported(target, 'jsonl'))).toEqual(contents(await exported(source, 'jsonl')));
    expect((await labelHistory(target, labelOf(1, 0))).current).toMatchObject({ by: 'bo' });
    expect(await stateOf(target, labelOf(1, 0))).toBe('labelled');
    expect(await stateOf(target, labelOf(1, 36))).toBe('skipped');
    expect(await imported(target, text, 'jsonl')).toMatchObject({ taken: 0, alreadyThere: 5, refused: 0 });
    expect(await countEvents(target)).toBe(5);
  });
});

describe('an import of events', () => {
  it('is told nothing that it has no use for', async () => {
    const target = await database();
    const text = await exported(source, 'jsonl');
    for (const options of [{ flags: 'bad' }, { topFirst: true }] as const)
      await expect(imported(target, text, 'jsonl', options)).rejects.toThrow(
        /are for files of the original form/,
      );
    expect(await countEvents(target)).toBe(0);
  });

  it('tells line by line what is wrong, and takes the rest', async () => {
    const target = await database();
    const [label = '', , undo = ''] = (await exported(source, 'jsonl')).split('\n');
    const lines = [
      '{"a":',
      '{}',
      undo,
      label,
      label,
      label.replace('"wheel":-2', '"wheel":7'),
      undo.replace('undo-0001', 'undo-0002'),
    ];
    const report = await imported(target, lines.join('\n'), 'jsonl');
    expect(report).toMatchObject({ taken: 2, alreadyThere: 1, refused: 4, stored: true });
    expect(report.lines).toEqual([
      { line: 1, outcome: 'refused', reason: 'is not JSON' },
      { line: 2, outcome: 'refused', reason: expect.any(String) as string },
      { line: 5, outcome: 'already-there' },
      { line: 6, outcome: 'refused', reason: 'wheel: must be one of -2, -1, 0, 1, 2' },
      { line: 7, outcome: 'refused', reason: expect.stringMatching(/was taken back before/) as string },
    ]);
    const alone = await imported(await database(), undo, 'jsonl');
    expect(alone.lines[0]?.reason).toMatch(/is not in the file/);
  });

  it('takes the same key of two experts as two answers, in one file and beside what is there', async () => {
    const target = await database();
    const [label = ''] = (await exported(source, 'jsonl')).split('\n');
    const ofBo = label.replace('"by":"ana"', '"by":"bo"');
    expect(await imported(target, [label, ofBo].join('\n'), 'jsonl')).toMatchObject({
      taken: 2,
      alreadyThere: 0,
    });
    const ofCy = label.replace('"by":"ana"', '"by":"cy"');
    expect(await imported(target, [ofCy, label].join('\n'), 'jsonl')).toMatchObject({
      taken: 1,
      alreadyThere: 1,
    });
    const { events } = await labelHistory(target, labelOf(1, 0));
    expect(events.map(({ by, version }) => [by, version])).toEqual([
      ['ana', 1],
      ['bo', 2],
      ['cy', 3],
    ]);
  });

  it('refuses to take back an undo, or what was said of another chamber', async () => {
    const target = await database();
    const lines = (await exported(source, 'jsonl')).trimEnd().split('\n');
    const [label = '', , undo = ''] = lines;
    const { id } = JSON.parse(undo) as { id: string };
    const { id: labelled } = JSON.parse(label) as { id: string };
    const undoOfUndo = undo
      .replace('undo-0001', 'undo-0003')
      .replace(`"undoes":"${labelled}"`, `"undoes":"${id}"`)
      .replace(`"id":"${id}"`, '"id":"9001"');
    const ofAnother = undo.replace('undo-0001', 'undo-0004').replace('"sector":1', '"sector":2');
    const report = await imported(target, [label, ofAnother, undo, undoOfUndo].join('\n'), 'jsonl');
    expect(report).toMatchObject({ taken: 2, alreadyThere: 0, refused: 2 });
    expect(report.lines).toEqual([
      { line: 2, outcome: 'refused', reason: expect.stringMatching(/is not in the file/) as string },
      { line: 4, outcome: 'refused', reason: expect.stringMatching(/is not in the file/) as string },
    ]);
    expect((await labelHistory(target, labelOf(1, 0))).current).toBeNull();
    // Nor a second time, with a key of its own, what was taken back before the import.
    const again = await imported(target, [label, undo.replace('undo-0001', 'undo-0005')].join('\n'), 'jsonl');
    expect(again).toMatchObject({ taken: 0, alreadyThere: 1, refused: 1 });
    expect(again.lines[1]?.reason).toMatch(/was taken back before/);
  });

  it('waits for a label that is just being written, and comes after it', async () => {
    const target = await database();
    const [label = ''] = (await exported(source, 'jsonl')).split('\n');
    let report: ReturnType<typeof imported> | undefined;
    await transaction(target, async (client) => {
      await writeLabel(client, 'bo', labelOf(1, 0));
      report = imported(target, label, 'jsonl');
      await somebodyWaits(target);
    });
    expect(await report).toMatchObject({ taken: 1, refused: 0 });
    const { events } = await labelHistory(target, labelOf(1, 0));
    expect(events.map(({ by }) => by)).toEqual(['bo', 'ana']);
  });

  it('tells of a thousand lines at most, those that were refused before all others', async () => {
    const lines = Array.from({ length: 1100 }, () => '-2,1,1,5,1,1').concat('nonsense');
    const report = await imported(await database(), lines.join('\n'), 'original');
    expect(report).toMatchObject({ taken: 1, alreadyThere: 1099, refused: 1 });
    expect(report.lines).toHaveLength(1000);
    expect(report.lines.at(-1)).toMatchObject({ line: 1101, outcome: 'refused' });
  });

  it('leaves nothing behind when the stream breaks', async () => {
    const target = await database();
    const text = await exported(source, 'jsonl');
    async function* broken() {
      yield text;
      await Promise.resolve();
      throw new Error('connection lost');
    }
    await expect(importLabels(target, broken(), { format: 'jsonl', expert: 'x' })).rejects.toThrow(
      'connection lost',
    );
    expect(await countEvents(target)).toBe(0);
  });
});

describe('the original form', () => {
  const header = 'wheel,station,sector,run,layer,good\n';

  it('holds what labels in force call good or bad, and comes back the same', async () => {
    const text = await exported(source, 'original');
    expect(text.startsWith(header)).toBe(true);
    expect(text.trimEnd().split('\n')).toHaveLength(1 + 12 + 8);
    expect(text).toContain('\n-2,1,1,1,9,0\n');
    expect(text.match(/^\S+,1$/gm)).toHaveLength(8);
    const target = await database();
    expect(await imported(target, text, 'original')).toMatchObject({ taken: 20, refused: 0 });
    const sorted = (csv: string) => csv.split('\n').sort();
    expect(sorted(await exported(target, 'original'))).toEqual(sorted(text));
    expect(await imported(target, text, 'original')).toMatchObject({ taken: 0, alreadyThere: 20 });
    expect(await countEvents(target)).toBe(2);
  });

  it('adds layers to what the expert said before, and says what it refuses', async () => {
    const target = await database();
    await imported(target, '-2,1,1,5,1,1\n-2,1,1,5,2,0\n', 'original');
    const report = await imported(
      target,
      `${header}-2,1,1,5,2,0\n-2,1,1,5,3,0\n-2,1,1,5,3,1\nnonsense\n-2,1,1,5,3,0\n`,
      'original',
    );
    expect(report).toEqual({
      taken: 1,
      withoutRun: 1,
      alreadyThere: 2,
      refused: 2,
      stored: true,
      preview: [2, 3, 4, 6].map(
        (line) =>
          `line ${line}: run 5 W-2_St1_Sec1 layer ${line === 2 ? 2 : 3} ${line === 4 ? 'good' : 'bad'}`,
      ),
      lines: [
        { line: 2, outcome: 'already-there' },
        { line: 4, outcome: 'refused', reason: 'line 3 says otherwise' },
        {
          line: 5,
          outcome: 'refused',
          reason: 'must have the 6 fields of the header',
        },
        { line: 6, outcome: 'already-there' },
      ],
    });
    const { current } = await labelHistory(target, { run: 5, wheel: -2, station: 1, sector: 1 });
    expect(current).toMatchObject({ by: 'old tool', source: 'import', version: 2 });
    expect(current?.verdicts?.slice(0, 4)).toEqual(['good', 'bad', 'bad', null]);
  });

  it('is what its expert said, whatever others said of the same layers', async () => {
    const target = await database();
    const ofAna = labelOf(5, 0, { verdicts: verdictsOf(1).with(4, 'bad') });
    await writeLabel(target, 'ana', ofAna);
    expect(await imported(target, '-2,1,1,5,1,1\n', 'original')).toMatchObject({ taken: 1, alreadyThere: 0 });
    const { current } = await labelHistory(target, ofAna);
    expect(current).toMatchObject({ by: 'old tool', version: 2 });
    expect(current?.verdicts).toEqual(['good', ...Array.from({ length: 11 }, () => null)]);
  });

  it('strictly, stores nothing at all when a line is refused', async () => {
    const target = await database();
    const report = await imported(target, '-2,1,1,5,1,1\nnonsense\n', 'original', {
      flags: 'good',
      strict: true,
    });
    expect(report).toMatchObject({ taken: 1, refused: 1, stored: false });
    expect(await countEvents(target)).toBe(0);
  });
});

/** As they were found: what each file says, or why it is not taken. */
describe('a file as people have it', () => {
  const verdicts = async (db: Database, run: number, wheel: number, station: number, sector: number) =>
    (await labelHistory(db, { run, wheel, station, sector } as Parameters<typeof labelHistory>[1])).current
      ?.verdicts;
  const header = 'wheel,station,sector,run,layer,good';

  it('of the original tool, without header, is asked about, and then means what it meant there', async () => {
    const target = await database();
    const bad = [1, 12];
    const text = Array.from(
      { length: 12 },
      (_, row) => `1,1,5,380010,${row + 1},${bad.includes(row + 1) ? 1 : 0}\r\n`,
    ).join('');
    await expect(imported(target, text, 'original', {})).rejects.toThrow(/no header that says what 1 means/);
    expect(await countEvents(target)).toBe(0);
    const shown: string[] = [];
    const confirm = (preview: readonly string[]) => {
      shown.push(...preview);
      return Promise.resolve(false);
    };
    const looked = await imported(target, text, 'original', { flags: 'bad', confirm });
    expect(looked).toMatchObject({ taken: 12, stored: false, preview: shown });
    expect(shown).toHaveLength(5);
    expect(shown.slice(0, 2)).toEqual([
      'line 1: run 380010 W1_St1_Sec5 layer 1 bad',
      'line 2: run 380010 W1_St1_Sec5 layer 2 good',
    ]);
    expect(await countEvents(target)).toBe(0);
    expect(await imported(target, text, 'original', { flags: 'bad' })).toMatchObject({
      taken: 12,
      stored: true,
    });
    expect(await verdicts(target, 380010, 1, 1, 5)).toEqual(
      Array.from({ length: 12 }, (_, row) => (bad.includes(row + 1) ? 'bad' : 'good')),
    );
  });

  it.each([
    [
      'in UTF-16, as Excel writes Unicode text',
      Buffer.from(`\uFEFF${header}\r\n0,1,5,380010,1,0\r\n`, 'utf16le'),
    ],
    ['with tabs', `${header.replaceAll(',', '\t')}\n0\t1\t5\t380010\t1\t0\n`],
    ['with semicolons', `${header.replaceAll(',', ';')}\r\n0;1;5;380010;1;0\r\n`],
    [
      'with the note of Excel what it is cut by',
      `sep=;\r\n${header.replaceAll(',', ';')}\r\n0;1;5;380010;1;0\r\n`,
    ],
    ['of Excel on a Mac', `${header}\r0,1,5,380010,1,0\r`],
    ['with its columns in another order', 'wheel,sector,station,run,layer,good\n0,5,1,380010,1,0\n'],
    ['that names bad', 'wheel,station,sector,run,layer,bad\n0,1,5,380010,1,1\n'],
    ["with a sheet's truth values", `${header}\n0,1,5,380010,1,FALSE\n`],
  ])('%s is read', async (_, file) => {
    const target = await database();
    expect(await imported(target, file, 'original', {})).toMatchObject({ taken: 1, refused: 0 });
    expect((await verdicts(target, 380010, 0, 1, 5))?.[0]).toBe('bad');
  });

  it('in Latin-1, or with words for truth values, is refused by line', async () => {
    const text = `${header}\n0,1,9,380010,1,0\xe9\n0,1,9,380010,2,FALSE\n0,1,9,380010,3,WAHR\n`;
    const report = await imported(await database(), Buffer.from(text, 'latin1'), 'original', {});
    expect(report).toMatchObject({ taken: 1, refused: 2 });
    expect(report.lines).toEqual([
      { line: 2, outcome: 'refused', reason: 'is not UTF-8' },
      { line: 4, outcome: 'refused', reason: 'good: must be 1, 0, true or false' },
    ]);
  });

  it('goes out as a table without keys, JSON and formulas', async () => {
    const target = await database();
    await writeLabel(target, '=1+1', labelOf(1, 0, { note: '@SUM(A1)' }));
    const [head, line = ''] = (await exported(target, 'csv')).split('\n');
    expect(head).toMatch(/^when,expert,what,/);
    expect(line).toContain(",'=1+1,label,no,1,-2,1,1,");
    expect(line).toContain(",'@SUM(A1),");
    expect(line).not.toMatch(/[[\]{}]|null/);
  });
});
