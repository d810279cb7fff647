import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventHeader,
  formatCsv,
  formatEvents,
  formatJson,
  formatOriginal,
  originalHeader,
  parseCsv,
  parseEvent,
  parseJson,
  parseOriginal,
  readRecords,
  type StoredEvent,
} from './formats.ts';

async function records(text: string, cuts: number[], quotes: boolean) {
  const bytes = Buffer.from(text);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const chunks = [0, ...ends].map((from, index) => bytes.subarray(from, ends[index] ?? bytes.length));
  const read = [];
  for await (const record of readRecords(toStream(chunks), { quotes })) read.push(record);
  return read;
}

async function* toStream(chunks: Buffer[]) {
  await Promise.resolve();
  yield* chunks;
}

const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', ' ', 'é', '€') });

describe('CSV', () => {
  it('comes back as it was, however the stream is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (rows, cuts) => {
          const text = rows.map((row) => formatCsv([{ ...row }], [...row.keys()].map(String))).join('');
          const read = await records(text, cuts, true);
          expect(read.map((record) => ('text' in record ? parseCsv(record.text) : record))).toEqual(rows);
        },
      ),
    );
  });

  it('with broken quotes is not guessed at', () => {
    expect(parseCsv('a,"b')).toBeNull();
    expect(parseCsv('"a"b,c')).toBeNull();
  });
});

describe('records', () => {
  it('are numbered by the line where they begin; empty lines, byte order mark and Windows line ends do not matter', async () => {
    expect(await records('\uFEFFa\r\n\r\n"b\nc"\nd', [], true)).toEqual([
      { line: 1, text: 'a' },
      { line: 3, text: '"b\nc"' },
      { line: 5, text: 'd' },
    ]);
  });

  it('that are too long are reported, not kept, and the next is read', async () => {
    const read = await records(`${'x'.repeat(250_000)}\nnext`, [100_000, 200_000], false);
    expect(read).toEqual([
      { line: 1, reason: 'is too long' },
      { line: 2, text: 'next' },
    ]);
  });
});

describe('a line of the original form', () => {
  it('is read with 1, 0, true or false', () => {
    const line = { wheel: -2, station: 4, sector: 14, run: 300000, layer: 12 };
    expect(parseOriginal('-2,4,14,300000,12,0')).toEqual({ ...line, bad: true });
    expect(parseOriginal(' -2, 4, 14, 300000, 12, True ')).toEqual({ ...line, bad: false });
  });

  it.each([
    ['1,2,3,4,5', 'must have the six fields'],
    ['3,1,1,1,1,1', 'wheel: must be one of'],
    ['0,1,13,1,1,1', 'sector: sectors 13 and 14'],
    ['0,4,1,1,5,1', 'layer: must be one of station 4'],
    ['0,1,1,1,\u0000,1', 'layer: must be one of station 1'],
    ['0,1,1,0,1,1', 'run: must be a whole number'],
    ['0,1,1,1,1,yes', 'good: must be'],
    ['0,1,1,1,1,constructor', 'good: must be'],
  ])('%s is refused: %s', (line, reason) => {
    expect(parseOriginal(line)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});

const event: StoredEvent = {
  id: '7',
  kind: 'label',
  at: '2026-01-02T03:04:05.678Z',
  by: 'ana',
  run: 380001,
  wheel: -2,
  station: 4,
  sector: 13,
  version: 2,
  verdicts: ['good', 'bad', null, null, null, null, null, null, null, null, null, null],
  marks: [{ layers: [2], kind: 'dead-half', wires: { first: 1, last: 24 } }],
  note: '"dead", é\rno',
  blind: true,
  seen: { model: 'm@1', scores: [0.5, 0.25, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1] },
  queueReason: null,
  seconds: 1.5,
  source: 'panel',
  undoes: null,
  undoneBy: null,
  idempotencyKey: 'k',
  requestHash: 'h',
};
const undo: StoredEvent = {
  ...event,
  kind: 'undo',
  verdicts: null,
  marks: [],
  note: '',
  blind: false,
  seen: { model: null, scores: null },
  seconds: null,
  undoes: '6',
};
/** The fields of `event`, as text. */
const asText =
  '7,label,2026-01-02T03:04:05.678Z,ana,380001,-2,4,13,2,' +
  '"[""good"",""bad"",null,null,null,null,null,null,null,null,null,null]",' +
  '"[{""layers"":[2],""kind"":""dead-half"",""wires"":{""first"":1,""last"":24}}]",' +
  '"""dead"", é\rno",true,m@1,"[0.5,0.25,-1,-1,-1,-1,-1,-1,-1,-1,-1,-1]",,1.5,panel,,,k,h';

describe('an event', () => {
  it('stands in CSV with lists as JSON, nothing for null, and carriage returns quoted', () => {
    expect(formatEvents([event, undo])).toBe(
      `${asText}\n7,undo,2026-01-02T03:04:05.678Z,ana,380001,-2,4,13,2,,[],"",false,,,,,panel,6,,k,h\n`,
    );
    expect(eventHeader).toBe(
      'id,kind,at,by,run,wheel,station,sector,version,verdicts,marks,note,blind,model,scores,queueReason,seconds,source,undoes,undoneBy,idempotencyKey,requestHash',
    );
  });

  it('comes back from CSV and from JSON lines as it was', () => {
    for (const each of [event, undo]) {
      const [json = ''] = formatJson([each]).split('\n');
      expect(parseJson(json)).toEqual(each);
      expect(parseEvent(formatEvents([each]).slice(0, -1))).toEqual(each);
    }
    expect(formatJson([event, undo])).toBe(`${JSON.stringify(event)}\n${JSON.stringify(undo)}\n`);
  });

  it.each([
    ['is not JSON', '{'],
    ['labels have verdicts', JSON.stringify({ ...event, verdicts: null })],
    ['labels have verdicts', JSON.stringify({ ...undo, verdicts: event.verdicts })],
    ['undos name the event', JSON.stringify({ ...undo, undoes: null })],
    ['undos name the event', JSON.stringify({ ...event, undoes: '6' })],
    ['sector: sectors 13 and 14 exist in station 4 only', JSON.stringify({ ...event, station: 1 })],
    ['wheel: must be one of', JSON.stringify({ ...event, wheel: 7 })],
    ['at: must lie in the years', JSON.stringify({ ...event, at: '0000-01-01T00:00:00Z' })],
    ['at: must not lie in the future', JSON.stringify({ ...event, at: '2199-12-31T00:00:00Z' })],
    ['at: must lie in the years', JSON.stringify({ ...event, at: '9999-01-01T00:00:00Z' })],
    ['seconds: ', JSON.stringify({ ...event, seconds: -1 })],
    ['seconds: ', JSON.stringify(event).replace('"seconds":1.5', '"seconds":1e300')],
    ['seen.scores.0: ', JSON.stringify(event).replace('"scores":[0.5', '"scores":[1e300')],
    ['note: ', JSON.stringify(event).replace('no"', '\\ud800"')],
    ['note: ', JSON.stringify(event).replace('no"', '\\u0000"')],
    ['by: ', JSON.stringify({ ...event, by: 'bell\u0007' })],
    ['verdicts: must say something', JSON.stringify({ ...event, marks: [], verdicts: Array(12).fill(null) })],
    ['verdicts.4: must be null: station 4', JSON.stringify({ ...event, verdicts: Array(12).fill('bad') })],
    [
      'marks.0.layers: layer 2 is marked',
      JSON.stringify({ ...event, verdicts: ['good', ...Array(11).fill(null)] }),
    ],
    ['marks: only labels have marks', JSON.stringify({ ...undo, marks: event.marks })],
    ['by: ', JSON.stringify({ ...event, by: '' })],
    ['by: ', JSON.stringify({ ...event, by: 'x'.repeat(201) })],
    ['note: ', JSON.stringify({ ...event, note: 'x'.repeat(4001) })],
    ['idempotencyKey: ', JSON.stringify({ ...event, idempotencyKey: '' })],
    ['idempotencyKey: ', JSON.stringify({ ...event, idempotencyKey: 'x'.repeat(201) })],
    ['requestHash: ', JSON.stringify({ ...event, requestHash: 'x'.repeat(201) })],
    ['marks.0.', JSON.stringify({ ...event, marks: [{ layers: [2] }] })],
  ])('is refused because it %s', (reason, record) => {
    expect(parseJson(record)).toEqual({ reason: expect.stringContaining(reason) as string });
  });

  it.each([
    ['must have the 22 fields of the header', asText.replace('7,label', '7')],
    ['must have the 22 fields of the header', asText.replace('ana', '"ana')],
    ['verdicts, marks or scores are not JSON', asText.replace('[0.5', '0.5')],
    ['run: must be a whole number', asText.replace('380001', '0')],
    ['run: must be a whole number', asText.replace('380001', '0x10')],
    ['blind: ', asText.replace(',true,', ',yes,')],
    ['seconds: ', asText.replace(',1.5,', ',soon,')],
  ])('in CSV is refused because it %s', (reason, record) => {
    expect(parseEvent(record)).toEqual({ reason: expect.stringContaining(reason) as string });
  });

  it('keeps notes as long as they may be, and says no more than 300 characters of what is wrong', () => {
    const long = { ...event, note: 'x'.repeat(4000), by: 'x'.repeat(200) };
    expect(parseJson(JSON.stringify(long))).toEqual(long);
    const wrong = parseJson(JSON.stringify({ ...event, [`${'x'.repeat(500)}`]: 1, kind: 'y'.repeat(500) }));
    expect('reason' in wrong && wrong.reason.length).toBeLessThanOrEqual(300);
  });
});

describe('lines of the original form', () => {
  it('say 1 for good and 0 for bad', () => {
    const line = { wheel: -2, station: 4, sector: 14, run: 300000, layer: 12 } as const;
    expect(
      formatOriginal([
        { ...line, bad: true },
        { ...line, bad: false },
      ]),
    ).toBe('-2,4,14,300000,12,0\n-2,4,14,300000,12,1\n');
    expect(originalHeader).toBe('wheel,station,sector,run,layer,good');
  });

  it.each([['0,1,1,1,13,1'], ['0,1,1,1,0,1'], ['0,1,1,1,1.0,1'], ['0,1,1,1,001,1'], ['0,1,1,1,,1']])(
    'have layers of the station: %s',
    (line) => {
      expect(parseOriginal(line)).toEqual({
        reason: expect.stringContaining('layer: must be one of station 1') as string,
      });
    },
  );

  it('with broken quotes, or a field too many, are refused', () => {
    expect(parseOriginal('0,1,1,1,1,"1')).toEqual({
      reason: expect.stringContaining('six fields') as string,
    });
    expect(parseOriginal('0,1,1,1,1,1,1')).toEqual({
      reason: expect.stringContaining('six fields') as string,
    });
    expect(parseOriginal('0,1,1,1,1,TRUE')).toMatchObject({ bad: false });
    expect(parseOriginal('0,1,1,1,1,false')).toMatchObject({ bad: true });
  });
});

describe('a stream that is cut into records', () => {
  it('may hold line ends in quotes, which JSON lines do not', async () => {
    expect(await records('"a\nb"\nc\n', [], false)).toEqual([
      { line: 1, text: '"a' },
      { line: 2, text: 'b"' },
      { line: 3, text: 'c' },
    ]);
  });

  it('may be cut within a character, and loses the line alone that is no UTF-8', async () => {
    expect(await records('é€\n', [1, 3], true)).toEqual([{ line: 1, text: 'é€' }]);
    const read = [];
    const bytes = Buffer.concat([Buffer.from('é\n'), Buffer.from([0x61, 0xff, 0x0a]), Buffer.from('"b')]);
    for await (const record of readRecords(toStream([bytes]), { quotes: true })) read.push(record);
    expect(read).toEqual([
      { line: 1, text: 'é' },
      { line: 2, reason: 'is not UTF-8' },
      { line: 3, text: '"b' },
    ]);
  });

  it('gives records up to 100,000 characters, also in quotes, and goes on behind a longer one', async () => {
    const most = 'x'.repeat(100_000);
    expect(await records(`${most}\n`, [], false)).toEqual([{ line: 1, text: most }]);
    expect(await records(`${most}x\n`, [50_000], false)).toEqual([{ line: 1, reason: 'is too long' }]);
    expect(await records(`"${most}\nstill\n`, [], true)).toEqual([
      { line: 1, reason: 'is too long' },
      { line: 2, text: 'still' },
    ]);
  });

  it('may come as text, and end without a line end', async () => {
    async function* texts() {
      await Promise.resolve();
      yield 'a\n\n';
      yield 'b';
    }
    const read = [];
    for await (const record of readRecords(texts(), { quotes: true })) read.push(record);
    expect(read).toEqual([
      { line: 1, text: 'a' },
      { line: 3, text: 'b' },
    ]);
  });
});
