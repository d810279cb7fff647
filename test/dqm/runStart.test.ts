import { describe, expect, it } from 'vitest';
import { ReplaySource, SimulatedDetector } from '@dtdqm/simulator/sources';
import { faultOf, rig } from './rig.ts';

const now = Date.UTC(2026, 5, 1);
const dataset = 'Global/Online/ALL';
const detector = new SimulatedDetector({ runs: 3, end: now });

/** What each server says of a run's start, written by its own documents; the simulator's own answers are not used for it. */
const saying = {
  classic: (value: unknown) => ({
    contents: [
      { obj: 'iRun', path: 'DT/EventInfo', properties: { kind: 'SCALAR', type: 'INT' }, value: '380001' },
      { obj: 'runStartTimeStamp', path: 'DT/EventInfo', properties: { kind: 'SCALAR', type: 'REAL' }, value },
    ],
  }),
  new: (value: unknown) => ({ _typename: 'TObjString', fUniqueID: 0, fBits: 0, fString: value }),
};

describe.each(['classic', 'new'] as const)('the start of a run, as the %s server tells it', (dialect) => {
  it('is what the run began with, to a millisecond', async () => {
    const { client } = await rig([], { dialect, now: () => now }, { source: detector });
    for (const { run, startedAt } of detector.runs())
      expect(await client.fetchRunStart({ run, dataset })).toBe(startedAt);
  });

  it('is not known of recorded chambers, nor of a run or dataset that there is not', async () => {
    const source = new ReplaySource();
    source.add(5, { wheel: 0, station: 1, sector: 1 }, [[1]]);
    const { client } = await rig([], { dialect }, { source });
    expect(await faultOf(client.fetchRunStart({ run: 5, dataset }))).toMatchObject({ code: 'absent' });
    const other = await rig([], { dialect }, { source: detector });
    for (const asked of [
      { run: 7, dataset },
      { run: 380001, dataset: 'Global/Offline/ALL' },
    ])
      expect(await faultOf(other.client.fetchRunStart(asked))).toMatchObject({
        code: 'absent',
        run: asked.run,
      });
  });

  const saidAs = async (value: unknown) => {
    const body = JSON.stringify(saying[dialect](value));
    const { client } = await rig([{ path: 'EventInfo', action: { do: 'answer', body } }], {
      dialect,
      now: () => now,
    });
    return client.fetchRunStart({ run: 380001, dataset });
  };

  it.each([
    ['1780271999.25', Date.UTC(2026, 4, 31, 23, 59, 59, 250)],
    ['f=1.7802719992500000e+09', Date.UTC(2026, 4, 31, 23, 59, 59, 250)],
  ])('is read of %s', async (value, start) => {
    expect(await saidAs(value)).toBe(start);
  });

  it.each([
    ['1970', '0.0000000000000000'],
    ['a moment of 1970', '1970.0000000000000'],
    ['the future', String(now / 1000 + 3600)],
    ['the year 58000', String(now)],
    ['a word', 'soon'],
    ['no number', 'nan'],
    ['infinity', 'inf'],
    ['-1, as what is not filled yet has', '-1'],
    ['six digits, which are hours', '1.78027e+09'],
    ['nothing', ''],
    ['null', null],
    ['a list', [1780271999]],
  ])('cannot be %s', async (_, value) => {
    expect(await faultOf(saidAs(value))).toMatchObject({ code: 'wrong-shape', run: 380001 });
  });
});

describe.each(['classic', 'new'] as const)('how far a run has come, as the %s server tells it', (dialect) => {
  it('is its lumisections so far and the time of its newest event', async () => {
    const { client } = await rig([], { dialect, now: () => now }, { source: detector });
    for (const { run, startedAt, lumisections } of detector.runs()) {
      const { lumisection, eventAt, ...more } = await client.fetchProgress({ run, dataset });
      // The classic server tells all numbers in one answer.
      expect(more).toEqual(dialect === 'classic' ? { startedAt } : {});
      expect(lumisection).toBe(lumisections);
      expect(eventAt).toBeGreaterThan(startedAt ?? Infinity);
    }
  });

  it('is not known where it is not published', async () => {
    const { client } = await rig([], { dialect }, { source: detector });
    expect(await client.fetchProgress({ run: 7, dataset })).toMatchObject({
      lumisection: null,
      eventAt: null,
    });
  });

  it.each(['-1', 'nan', '', '1e3', '12345678', null])('is not known of %j', async (value) => {
    const item = { obj: 'iLumiSection', value };
    const body = JSON.stringify(dialect === 'new' ? { fString: value } : { contents: [item] });
    const { client } = await rig([{ path: 'EventInfo', action: { do: 'answer', body } }], { dialect });
    expect(await client.fetchProgress({ run: 380001, dataset })).toMatchObject({
      lumisection: null,
      eventAt: null,
    });
  });
});
