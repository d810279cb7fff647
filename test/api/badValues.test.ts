import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorSchema, labelImportReportSchema } from '@dtdqm/contract';
import { countEvents, labelOf, queueRuns } from '../labels/labelled.ts';
import { startTestApi, type TestApi } from './api.ts';

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  await queueRuns(api.database, 380001);
});
afterAll(() => api.close());

const post = (path: string, text: string | Buffer<ArrayBuffer>, type = 'application/json') =>
  api.json(path, { method: 'POST', headers: { 'content-type': type }, body: text });
const faultOf = ({ status, body }: { status: number; body: unknown }) => [
  status,
  errorSchema.parse(body).error.details?.[0]?.field,
];

describe('a moment', () => {
  const report = (at: string) => api.json(`/api/v1/incidents/report?at=${encodeURIComponent(at)}`);

  it.each([
    '2026-05-04T06:00:00Z',
    '2026-05-04T06:00:00.123456789Z',
    '2026-05-04T06:00:00+15:59',
    // The standard allows these, PostgreSQL does not: what they mean is what counts.
    '2026-05-04T06:00:00+16:00',
    '2026-05-04T06:00:00-23:59',
    '1970-01-01T00:00:00Z',
  ])('such as %s is taken', async (at) => {
    expect((await report(at)).status).toBe(200);
  });

  it.each([
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '9999-12-31T23:59:59Z',
    '2026-02-30T00:00:00Z',
    '2026-05-04',
    '294277-01-01T00:00:00Z',
    'now',
    '',
  ])('such as %s is refused with its field', async (at) => {
    expect(faultOf(await report(at))).toEqual([400, 'at']);
  });
});

describe('a label', () => {
  const label = (change: (text: string) => string) =>
    post(
      '/api/v1/labels',
      change(JSON.stringify(labelOf(380001, 3, { note: 'NOTE', queueReason: 'WHY', seconds: 7 }))),
    );

  it.each([
    ['half a surrogate pair', 'NOTE', '\\ud800', 'note'],
    ['a NUL', 'NOTE', '\\u0000', 'note'],
    ['a NUL', 'WHY', '\\u0000', 'queueReason'],
    ['a number beyond all columns', '"seconds":7', '"seconds":1e300', 'seconds'],
    ['a negative time', '"seconds":7', '"seconds":-1', 'seconds'],
    ['a version beyond its column', '"seconds":7', '"baseVersion":99999999999', 'baseVersion'],
  ])('with %s is refused with its field', async (_, from, to, field) => {
    expect(faultOf(await label((text) => text.replace(from, to)))).toEqual([400, field]);
  });

  it('with a time too small for its column is stored as nothing', async () => {
    const { status, body } = await label((text) => text.replace('"seconds":7', '"seconds":1e-300'));
    expect(status).toBe(201);
    expect(body).toMatchObject({ event: { seconds: 0 } });
  });

  it('may have a note of 4000 characters, however many bytes and UTF-16 units they are', async () => {
    expect((await label((text) => text.replace('NOTE', '𝒳'.repeat(4000)))).status).toBe(201);
    expect(faultOf(await label((text) => text.replace('NOTE', 'x'.repeat(4001))))).toEqual([400, 'note']);
  });
});

describe('a file of labels', () => {
  /** A good line, told apart by its key. */
  const line = (key: string, change: (text: string) => string = (text) => text) =>
    change(
      JSON.stringify({
        ...labelOf(380001, 5),
        id: '1',
        kind: 'label',
        at: '2026-05-04T06:00:00.000Z',
        by: 'ana',
        version: 1,
        source: 'panel',
        undoes: null,
        undoneBy: null,
        idempotencyKey: key,
        requestHash: '',
      }),
    );
  const file = (lines: (string | Buffer)[]) =>
    Buffer.concat(lines.flatMap((each) => [Buffer.from(each), Buffer.from('\n')]));
  const send = async (bytes: Buffer<ArrayBuffer>, query: string) => {
    const { status, body } = await post(`/api/v1/labels/import?${query}`, bytes, 'application/x-ndjson');
    expect(status).toBe(200);
    return labelImportReportSchema.parse(body);
  };
  const faults: [string, string | Buffer, RegExp][] = [
    ['the year 0', line('bad-1', (text) => text.replace('2026-', '0000-')), /^at: /],
    ['the year 9999', line('bad-2', (text) => text.replace('2026-', '9999-')), /^at: /],
    [
      'a negative time',
      line('bad-3', (text) => text.replace('"seconds":null', '"seconds":-1')),
      /^seconds: /,
    ],
    [
      'half a surrogate pair',
      line('bad-4', (text) => text.replace('"note":""', '"note":"\\ud800"')),
      /^note: /,
    ],
    ['a NUL', line('bad-5', (text) => text.replace('"note":""', '"note":"\\u0000"')), /^note: /],
    [
      'a number beyond all columns',
      line('bad-6', (text) => text.replace('"seconds":null', '"seconds":1e300')),
      /^seconds: /,
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"note":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
      /^is not UTF-8$/,
    ],
    ['a NUL as a byte', Buffer.from([0]), /^is not JSON$/],
    [
      'nothing said',
      line('bad-7', (text) => text.replaceAll('"good"', 'null')),
      /^verdicts: must say something/,
    ],
    [
      'verdicts of layers that do not exist',
      line('bad-8', (text) => text.replace('"station":1', '"station":4')),
      /^verdicts\.4: must be null/,
    ],
    ['nesting without end', '['.repeat(90_000), /^is not JSON$/],
    ['too much', 'x'.repeat(200_000), /^is too long$/],
    ['a prototype', '{"__proto__":{"id":"1"}}', /^wheel: /],
  ];

  it.each(faults)('with %s in a line loses that line alone, and says why', async (name, bad, rule) => {
    const before = await countEvents(api.database);
    const report = await send(file([line(`${name} before`), bad, line(`${name} after`)]), 'format=jsonl');
    expect(report).toMatchObject({ taken: 2, refused: 1, stored: true });
    expect(report.lines).toMatchObject([
      { line: 2, outcome: 'refused', reason: expect.stringMatching(rule) as string },
    ]);
    expect(await countEvents(api.database)).toBe(before + 2);
  });

  it('strictly, is taken whole or not at all, and every bad line is told', async () => {
    const before = await countEvents(api.database);
    const report = await send(
      file([line('strict'), ...faults.map(([, bad]) => bad)]),
      'format=jsonl&strict=true',
    );
    expect(report).toMatchObject({ taken: 1, refused: faults.length, stored: false });
    expect(report.lines.map((each) => each.line)).toEqual(faults.map((_, place) => place + 2));
    expect(await countEvents(api.database)).toBe(before);
  });

  it.each([
    ['original&flags=bad', '0,1,1,380001,\0,1\n0,1,1,380001,1,\ud800\n9999999999999999,1,1,1,1,1'],
    ['jsonl', '\0\n\u2028\n\ufffd'],
  ])('as %s full of nonsense is refused line by line', async (format, text) => {
    const report = await send(Buffer.from(text), `format=${format}`);
    expect(report).toMatchObject({ taken: 0 });
    expect(report.refused).toBeGreaterThan(0);
  });

  it('says how many labels are about runs that are not here, as a wrong number would be', async () => {
    const report = await send(
      file([line('elsewhere', (text) => text.replace('380001', '7')), line('here')]),
      'format=jsonl',
    );
    expect(report).toMatchObject({ taken: 2, withoutRun: 1 });
  });

  it('with a key that came before, for another answer, is refused as the answer itself would be', async () => {
    const other = line('here', (text) => text.replace('"requestHash":""', '"requestHash":"another"'));
    const report = await send(file([line('here'), other]), 'format=jsonl');
    expect(report.lines).toMatchObject([
      { line: 1, outcome: 'already-there' },
      { line: 2, outcome: 'refused', reason: 'idempotencyKey: was used for another request' },
    ]);
  });
});
