import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { formatJson, formatTable, parseJson, tableHeader, type StoredEvent } from './formats.ts';

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
  span: null,
  verdicts: ['good', 'bad', null, null, null, null, null, null, null, null, null, null],
  marks: [{ layers: [2], kind: 'dead-half', wires: { first: 1, last: 24 } }],
  note: '"dead", é\rno',
  blind: true,
  seen: { model: 'm@1', scores: [0.5, 0.25, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1], hits: 51200 },
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
describe('an event', () => {
  it('comes back from JSON lines as it was', () => {
    for (const each of [event, undo]) {
      expect(parseJson(JSON.stringify(each))).toEqual(each);
    }
  });

  it('is one line, whatever PostgreSQL writes otherwise', () => {
    const written = [
      '{"a" : 1, "b":[1,2]}',
      '[1e-05,2]',
      '[1.5e+06]',
      '[-0]',
      '{"s":-0,"b":1}',
      '{"note":"1e-05, -0]"}',
      '[-1,0]',
    ];
    const lines = [
      '{"a":1,"b":[1,2]}',
      '[0.00001,2]',
      '[1500000]',
      '[0]',
      '{"s":0,"b":1}',
      '{"note":"1e-05, -0]"}',
      '[-1,0]',
    ];
    expect(formatJson(written)).toBe(lines.map((line) => `${line}\n`).join(''));
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

  it('keeps notes as long as they may be, and says no more than 300 characters of what is wrong', () => {
    const long = { ...event, note: 'x'.repeat(4000), by: 'x'.repeat(200) };
    expect(parseJson(JSON.stringify(long))).toEqual(long);
    const wrong = parseJson(JSON.stringify({ ...event, [`${'x'.repeat(500)}`]: 1, kind: 'y'.repeat(500) }));
    expect('reason' in wrong && wrong.reason.length).toBeLessThanOrEqual(300);
  });
});

describe('the table for people', () => {
  const table = parse(`${tableHeader}\n${formatTable([event, { ...undo, by: '=cmd()', note: '-1+1' }])}`, {
    columns: true,
  }) as Record<string, string>[];

  it('holds an event a line in words and numbers, and no keys', () => {
    expect(table[0]).toEqual({
      when: '2026-01-02T03:04:05.678Z',
      expert: 'ana',
      what: 'label',
      'taken back': 'no',
      run: '380001',
      wheel: '-2',
      station: '4',
      sector: '13',
      'bad layers': '2',
      'layers not sure of': '',
      'good layers': '1',
      marks: 'dead-half: layer 2, wires 1 to 24',
      note: '"dead", é\rno',
      blind: 'yes',
      'model seen': 'm@1',
      'chosen because': '',
      seconds: '1.5',
      'came by': 'panel',
      'span from': '',
      'span to': '',
      'first lumisection': '',
      'last lumisection': '',
    });
  });

  it('holds no formula of anybody', () => {
    expect(table[1]).toMatchObject({ expert: "'=cmd()", note: "'-1+1", what: 'undo', wheel: '-2' });
  });
});
