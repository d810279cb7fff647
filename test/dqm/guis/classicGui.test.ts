import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allChambers, type ChamberId } from '@dtdqm/contract';
import { readConfig } from '@dtdqm/worker/config/index';
import { lookAtDqm } from '@dtdqm/worker/observe/doctor';
import { clientOf, faultOf } from '../rig.ts';
import { type IndexedRun, openClassicGui } from './classicGui.ts';
import { folderOf, healthy, nameOf } from './content.ts';

const dataset = 'Global/Online/ALL';
const run = 317_111;
const listed = { run, dataset };
const chamber = { wheel: -1, station: 1, sector: 2 } as const;

function indexed(number: number, chambers: readonly ChamberId[] = allChambers): IndexedRun {
  const elements: IndexedRun['elements'] = new Map(
    chambers.map((each) => [
      `${folderOf(each)}/${nameOf(each)}`,
      { hits: () => healthy(number, each), chamber: each },
    ]),
  );
  elements.set('DT/EventInfo/iLumiSection', { value: '37', type: 'INT' });
  elements.set('DT/EventInfo/runStartTimeStamp', { value: '1777874400.25', type: 'REAL' });
  return { run: number, elements };
}

let gui: Awaited<ReturnType<typeof openClassicGui>>;
beforeEach(async () => {
  gui = await openClassicGui([indexed(run)]);
});
afterEach(() => gui.close());
const clientOfGui = (options: Parameters<typeof clientOf>[1] = {}) =>
  clientOf(gui.url, { dialect: 'auto', ...options });

describe('the classic DQM GUI as its public source has it', () => {
  it('is recognised, and lists its runs, packed, without the one that is being taken as run 0', async () => {
    gui.runs.push(indexed(7, []));
    const client = clientOfGui();
    expect(await client.listRuns({ dataset })).toEqual({ runs: [listed, { run: 7, dataset }], odd: [] });
    expect(gui.asked.slice(0, 2)).toEqual([
      expect.stringMatching(/latest_runs/),
      expect.stringMatching(/^\/data\/json\/samples/),
    ]);
  });

  it('lists none where there is none but the one that is being taken', async () => {
    gui.runs.splice(0);
    expect(await clientOfGui().listRuns({ dataset })).toEqual({ runs: [], odd: [] });
  });

  it('sends histograms under the name of a web page, as CherryPy does', async () => {
    const client = clientOfGui();
    for (const each of [chamber, { wheel: 2, station: 4, sector: 13 } as const]) {
      expect(await client.fetchChamber(listed, each)).toEqual(healthy(run, each));
    }
  });

  it('tells the start and how far a run has come in one folder', async () => {
    const client = clientOfGui();
    expect(await client.fetchRunStart(listed)).toBe(1_777_874_400_250);
    expect(await client.fetchProgress(listed)).toEqual({
      ...{ lumisection: 37, eventAt: null, startedAt: 1_777_874_400_250 },
    });
  });

  it('has no histogram of what is not in its index, of a run as of a chamber', async () => {
    gui.runs[0]!.elements.delete(`${folderOf(chamber)}/${nameOf(chamber)}`);
    const client = clientOfGui();
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({ code: 'absent' });
    expect(await faultOf(client.fetchChamber({ run: 5, dataset }, chamber))).toMatchObject({
      code: 'absent',
    });
  });

  it('is refused where all contents were multiplied, whatever is kept of the weights', async () => {
    const tripled = () => healthy(run, chamber).map((row) => row.map((hits) => (hits > 0 ? hits * 3 : hits)));
    gui.runs[0]!.elements.set(`${folderOf(chamber)}/${nameOf(chamber)}`, { hits: tripled, chamber });
    const fault = await faultOf(clientOfGui().fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'wrong-shape', mayPass: false });
    expect(fault.message).toMatch(/are all multiples of 3: they were scaled$/);
  });

  it('tells where plots lie that have moved, and shows its menus among them', async () => {
    const client = clientOfGui({ histogram: 'DT/Digis/{wheel}/{station}/{sector}' });
    expect(await client.whereHistograms(listed)).toBe(
      'it has no DT/Digis; its folder DT holds 01-Digi, EventInfo, Layouts',
    );
  });

  it('says what went wrong as text under status 200, which is told on', async () => {
    const client = clientOfGui({ attempts: 1 });
    const fault = await faultOf(client.fetchChamber({ run: 1.5, dataset }, chamber));
    expect(fault).toMatchObject({ code: 'server-exception' });
    expect(fault.message).toMatch(/the server says: invalid literal for int/);
  });

  it('is well by dtdqm doctor', async () => {
    const look = async () =>
      (await lookAtDqm(readConfig({ DQM_URL: gui.url }))).find(({ part }) => part === 'DQM server');
    expect(await look()).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/lists 1 runs up to 317111 and shows W0_St1_Sec1/) as string,
    });
    gui.runs.splice(0);
    expect(await look()).toMatchObject({ state: 'warning', fix: 'check DQM_DATASET' });
  });
});
