import { afterEach, describe, expect, it } from 'vitest';
import { rowsPerChamber } from '@dtdqm/contract';
import { sum } from '@dtdqm/contract/numbers';
import { checkRunScript, lumisectionSeconds } from '../detector/index.ts';
import { RunsInProgress, SimulatedDetector } from '../sources/index.ts';
import type { Rule } from './rules.ts';
import { startSimulator, type Simulator } from './startSimulator.ts';

const began = Date.UTC(2026, 4, 4);
const dataset = '/Global/Online/ALL';
const path = 'DT/01-Digi/Wheel-2/Sector7/Station1/OccupancyAllHits_perCh_W-2_St1_Sec7';
const plot = (run: number | string) => `${run}${dataset}/${path}`;

let simulator: Simulator;
let now: number;
afterEach(() => simulator.close());

/** Of a run in progress of which some lumisections are over, behind one that ended before. */
async function start(lumisections: number, { perLumisection = false, rules = [] as Rule[] } = {}) {
  now = began + lumisections * lumisectionSeconds * 1000;
  const source = new RunsInProgress({
    runs: [{ run: 380_011, startedAt: began, script: checkRunScript({ lumisections: 40 }) }],
    before: new SimulatedDetector({ runs: 1, firstRun: 380_010, end: began }),
    now: () => now,
    perLumisection,
  });
  simulator = await startSimulator({ source, rules, now: () => now });
}

const later = (lumisections: number) => (now += lumisections * lumisectionSeconds * 1000);

async function get(address: string) {
  const response = await fetch(simulator.url + address);
  return { status: response.status, text: await response.text() };
}
const json = async (address: string): Promise<unknown> => JSON.parse((await get(address)).text);

async function hits(dialect: 'classic' | 'new', run: number | string, query = ''): Promise<number> {
  if (dialect === 'classic') {
    const { hist } = (await json(`/jsonfairy/archive/${plot(run)}`)) as {
      hist: { bins: { content: number[][] } };
    };
    return sum(hist.bins.content.flat().filter((each) => each > 0));
  }
  const { fArray, fXaxis } = (await json(`/api/v1/json/${plot(run)}${query}`)) as {
    fArray: number[];
    fXaxis: { fNbins: number };
  };
  const inner = (_: number, index: number) => {
    const [x, y] = [index % (fXaxis.fNbins + 2), Math.floor(index / (fXaxis.fNbins + 2))];
    return x > 0 && x <= fXaxis.fNbins && y > 0 && y <= rowsPerChamber;
  };
  return sum(fArray.filter(inner).filter((each) => each > 0));
}

describe('a run in progress', () => {
  it.each(['classic', 'new'] as const)(
    'grows, and so does what is told of it beside the histograms: %s',
    async (dialect) => {
      await start(4);
      const told = async (name: string) => {
        if (dialect === 'new') {
          const { fString } = (await json(`/api/v1/json/380011${dataset}/DT/EventInfo/${name}`)) as {
            fString: string;
          };
          return Number(fString);
        }
        const { contents } = (await json(`/data/json/archive/380011${dataset}/DT/EventInfo`)) as {
          contents: { obj: string; value: string }[];
        };
        return Number(contents.find(({ obj }) => obj === name)?.value);
      };
      const first = await hits(dialect, 380_011);
      expect(await told('iLumiSection')).toBe(4);
      later(3.5);
      expect(await told('iLumiSection')).toBe(7);
      expect(await told('runStartTimeStamp')).toBeCloseTo(began / 1000, 3);
      expect(await told('eventTimeStamp')).toBeCloseTo(began / 1000 + 7 * lumisectionSeconds, 3);
      expect(await hits(dialect, 380_011)).toBeGreaterThan(1.4 * first);
    },
  );

  it('stays as it was for those whom the cache answers, and not for those who allow no such age', async () => {
    await start(4, { rules: [{ action: { do: 'cache' } }] });
    const first = await hits('new', 380_011);
    later(4);
    expect(await hits('new', 380_011)).toBe(first);
    expect(await hits('new', 380_011, `?notOlderThan=${Math.floor(now / 1000)}`)).toBeGreaterThan(first);
  });
});

describe('plots of single lumisections', () => {
  const list = async (query: string) =>
    ((await json(`/api/v1/samples?${query}`)) as { data: { run: number; lumi: number }[] }).data.map(
      ({ run, lumi }) => [run, lumi],
    );

  it('are listed, and sum up to the plot of the run', async () => {
    await start(5, { perLumisection: true });
    expect(await list('run=380011&lumi=-1')).toEqual([1, 2, 3, 4, 5].map((lumi) => [380_011, lumi]));
    expect(await list('run=380010&lumi=-1')).toEqual([]);
    expect(await list('run=&lumi=3')).toEqual([[380_011, 3]]);
    expect(await list('run=38001')).toEqual([
      [380_010, 0],
      [380_011, 0],
    ]);
    expect(await json(`/api/v1/lumis/380011${dataset}`)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(await json(`/api/v1/lumis/380010${dataset}`)).toEqual([0]);
    expect(await json(`/api/v1/lumis/7${dataset}`)).toEqual([]);
    const each = await Promise.all([1, 2, 3, 4, 5].map((lumi) => hits('new', `380011:${lumi}`)));
    expect(sum(each)).toBe(await hits('new', 380_011));
    expect(await hits('new', '380011:0')).toBe(sum(each));
    expect(await json(`/api/v1/archive/380011:2${dataset}/DT/01-Digi/Wheel-2/Sector7/Station1`)).toEqual({
      data: [expect.objectContaining({ name: 'OccupancyAllHits_perCh_W-2_St1_Sec7' })],
    });
  });

  it('are not there of lumisections to come, of runs that are over, in the classic dialect, or where none are saved', async () => {
    const absent = { status: 500, text: '{"message": "ME not found"}' };
    await start(5, { perLumisection: true });
    expect(await get(`/api/v1/json/${plot('380011:6')}`)).toEqual(absent);
    expect(await get(`/api/v1/json/${plot('380010:1')}`)).toEqual(absent);
    expect(await get(`/api/v1/json/380011:1${dataset}/DT/EventInfo/iLumiSection`)).toEqual(absent);
    expect((await get(`/api/v1/archive/380011:6${dataset}/DT`)).status).toBe(404);
    expect((await get(`/jsonfairy/archive/${plot('380011:1')}`)).text).toContain('unsupported type');
    await simulator.close();
    await start(5);
    expect(await get(`/api/v1/json/${plot('380011:1')}`)).toEqual(absent);
    expect(await json(`/api/v1/lumis/380011${dataset}`)).toEqual([0]);
    expect(await list('run=&lumi=-1')).toEqual([]);
  });
});
