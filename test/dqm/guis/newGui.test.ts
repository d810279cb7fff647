import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allChambers, type ChamberId } from '@dtdqm/contract';
import { readConfig } from '@dtdqm/worker/config/index';
import { lookAtDqm } from '@dtdqm/worker/observe/doctor';
import { clientOf, faultOf } from '../rig.ts';
import { folderOf, healthy, nameOf } from './content.ts';
import { type Sample, openNewGui } from './newGui.ts';

const dataset = 'Global/Online/ALL';
const run = 392_642;
const listed = { run, dataset };
const chamber = { wheel: -1, station: 1, sector: 2 } as const;
const place = (of: ChamberId) => `${folderOf(of)}/${nameOf(of)}`;

function sampleOf(number: number, chambers: readonly ChamberId[] = allChambers, times = 1, lumi = 0): Sample {
  const elements: Sample['elements'] = new Map(
    chambers.map((each) => [place(each), { hits: () => healthy(number, each, times), chamber: each }]),
  );
  elements.set('DT/EventInfo/iLumiSection', { value: 37 });
  elements.set('DT/EventInfo/runStartTimeStamp', { value: 1_777_874_400.25 });
  elements.set('DT/EventInfo/eventTimeStamp', { value: 1_777_875_262.5 });
  return { run: number, dataset: `/${dataset}`, lumi, elements };
}

let gui: Awaited<ReturnType<typeof openNewGui>>;
beforeEach(async () => {
  gui = await openNewGui([sampleOf(run)]);
});
afterEach(() => gui.close());
const clientOfGui = (options: Parameters<typeof clientOf>[1] = {}) =>
  clientOf(gui.url, { dialect: 'auto', ...options });
/** What stands in the place of the chamber's histogram. */
const instead = (element: Parameters<Sample['elements']['set']>[1]) =>
  gui.samples[0]!.elements.set(place(chamber), element);

describe('the new DQM GUI as its public source has it', () => {
  it('is recognised, and lists runs of the dataset though it matches parts of names', async () => {
    gui.samples.push(
      sampleOf(7, []),
      { ...sampleOf(8, []), dataset: '/Global/Online/ALLES' },
      sampleOf(9, [], 1, 12),
    );
    expect((await clientOfGui().listRuns({ dataset })).runs.map((each) => each.run)).toEqual([run, 7]);
    expect(gui.asked[0]).toMatch(/^\/api\/v1\/latest_runs/);
  });

  it('gives histograms of all kinds of chambers as it has them', async () => {
    const client = clientOfGui();
    for (const sector of [4, 9, 13]) {
      const mb4 = { wheel: 2, station: 4, sector } as const;
      expect(await client.fetchChamber(listed, mb4)).toEqual(healthy(run, mb4));
    }
    expect(await client.fetchChamber(listed, chamber)).toEqual(healthy(run, chamber));
  });

  it('tells the start and how far a run has come, and which lumisections it has', async () => {
    gui.samples.push(sampleOf(run, [chamber], 0.1, 3), sampleOf(run, [chamber], 0.1, 11));
    const client = clientOfGui();
    expect(await client.fetchRunStart(listed)).toBe(1_777_874_400_250);
    expect(await client.fetchProgress(listed)).toEqual({ lumisection: 37, eventAt: 1_777_875_262_500 });
    expect(await client.listLumisections(listed)).toEqual([3, 11]);
    expect(await client.fetchChamber({ ...listed, lumisection: 11 }, chamber)).toEqual(
      healthy(run, chamber, 0.1),
    );
  });

  it('sees a run that grows past what the server keeps for an hour', async () => {
    let now = Date.now();
    const client = clientOfGui({ now: () => now });
    expect((await client.listRuns({ dataset })).runs).toHaveLength(1);
    gui.samples.push(sampleOf(run + 1, []));
    now += 60_000;
    expect((await client.listRuns({ dataset })).runs).toHaveLength(2);
  });

  it.each([
    ['is not in the file', undefined],
    ['could not be put into words, which it says with status 200', 'nothing' as const],
  ])('has no histogram that %s', async (_, element) => {
    if (element === undefined) gui.samples[0]!.elements.delete(place(chamber));
    else instead(element);
    const fault = await faultOf(clientOfGui().fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'absent', mayPass: false });
  });

  it.each([
    ['the program that draws died', 'crashed' as const],
    ['it drew in spite of an error', 'in-error' as const],
  ])('has one that may come yet when %s', async (_, element) => {
    instead(element);
    const client = clientOfGui();
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({ code: 'server-error' });
    instead({ hits: () => healthy(run, chamber), chamber });
    expect(await client.fetchChamber(listed, chamber)).toEqual(healthy(run, chamber));
  });

  it.each([NaN, Infinity, -Infinity])('writes %d as Python does, which may pass', async (cell) => {
    instead({
      ...{ hits: () => healthy(run, chamber), chamber },
      change: (histogram) => ({
        ...histogram,
        fArray: (histogram['fArray'] as number[]).map((each, at) => (at === 300 ? cell : each)),
      }),
    });
    const fault = await faultOf(clientOfGui().fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'wrong-shape', mayPass: true });
    expect(fault.message).toMatch(/layer 4 wire \d+: must be a number of hits, is -?(NaN|Infinity)$/);
  });

  it('is refused where all contents were multiplied, whatever is kept of the weights', async () => {
    const tripled = () => healthy(run, chamber).map((row) => row.map((hits) => (hits > 0 ? hits * 3 : hits)));
    instead({ hits: tripled, chamber });
    const fault = await faultOf(clientOfGui().fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'wrong-shape', mayPass: false });
    expect(fault.message).toMatch(/are all multiples of 3: they were scaled$/);
  });

  it('says of a run that it does not have nothing but that its plots are not there', async () => {
    const client = clientOfGui();
    const other = { run: 5, dataset };
    expect(await faultOf(client.fetchChamber(other, chamber))).toMatchObject({ code: 'absent' });
    expect(await client.listLumisections(other)).toEqual([]);
    expect(await client.whereHistograms(other)).toBe('the listing of its folders is empty');
    expect(await faultOf(client.fetchRunStart(other))).toMatchObject({ code: 'absent' });
  });

  it('fails, and may yet answer, of a run whose file it cannot read', async () => {
    gui.samples[0]!.isBroken = true;
    const client = clientOfGui();
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({
      ...{ code: 'server-error', mayPass: true },
    });
    expect(await faultOf(client.whereHistograms(listed))).toMatchObject({ code: 'server-error' });
  });

  it('says that it has too much to do, without saying for how long', async () => {
    gui.isOverloaded = true;
    const client = clientOfGui();
    expect(await faultOf(client.fetchChamber(listed, chamber))).toMatchObject({
      code: 'overloaded',
      mayPass: true,
    });
    gui.isOverloaded = false;
    expect(await client.fetchChamber(listed, chamber)).toEqual(healthy(run, chamber));
  });

  it('tells where plots lie that have moved, and shows its menus among them', async () => {
    const client = clientOfGui({ histogram: 'DT/Digis/{wheel}/{station}/{sector}' });
    expect(await client.whereHistograms(listed)).toBe(
      'it has no DT/Digis; its folder DT holds 01-Digi, EventInfo, Layouts',
    );
  });

  it('that is taken for a classic one by setting is told of, with the fix', async () => {
    const client = clientOfGui({ dialect: 'classic' });
    expect((await client.listRuns({ dataset })).runs).toEqual([listed]);
    expect((await faultOf(client.fetchChamber(listed, chamber))).message).toMatch(
      /check the DQM URL|DQM_DIALECT/,
    );
  });

  it('is well by dtdqm doctor, and is told of where plots are missing', async () => {
    const config = readConfig({ DQM_URL: gui.url });
    const look = async () => (await lookAtDqm(config)).find(({ part }) => part === 'DQM server');
    expect(await look()).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/lists 1 runs up to 392642 and shows W0_St1_Sec1/) as string,
    });
    // What lists runs may be a lumisection old by the server's own cache, plots are not.
    gui.samples.splice(0, 1, sampleOf(run, []));
    expect(await look()).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('has no histogram of') as string,
    });
    instead('crashed');
    gui.samples[0]!.isBroken = true;
    expect(await look()).toMatchObject({
      state: 'failure',
      found: expect.stringMatching(/the server failed \(status 500\)/) as string,
    });
  });
});
