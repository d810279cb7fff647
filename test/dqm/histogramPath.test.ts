import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { allChambers } from '@dtdqm/contract';
import { readConfig } from '@dtdqm/worker/config/index';
import { histogramPath, usualHistogram } from '@dtdqm/worker/dqm/histogramPath';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const chamber = { wheel: -1, station: 4, sector: 13 } as const;
const moved = 'DT/Digis/MB{station}/W{wheel}/Occupancy {wheel} {sector}'.replaceAll(' ', '_');

let elsewhere: Server | undefined;
afterEach(() => {
  elsewhere?.closeAllConnections();
  elsewhere?.close();
});

/** A server whose plots lie where `template` says: the simulator's, under other names. */
async function movedServer(url: string, template: string): Promise<string> {
  const places = new Map(
    allChambers.map((id) => [histogramPath(template, id), histogramPath(usualHistogram, id)]),
  );
  elsewhere = createServer((request, response) => {
    const [, before = '', path = '', query = ''] = /^(.*?\/ALL\/)([^?]*)(.*)$/.exec(request.url ?? '') ?? [];
    const usual = places.get(decodeURIComponent(path));
    void fetch(new URL(url).origin + before + (usual ?? 'nowhere') + query).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    });
  });
  await new Promise<void>((resolve) => elsewhere?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}${new URL(url).pathname}`;
}

describe.each(['classic', 'new'] as const)('histograms, dialect %s', (dialect) => {
  it('are found where the setting says, and nowhere else', async () => {
    const { simulator } = await rig();
    const url = await movedServer(simulator.url, moved);
    const { dqmHistogram } = readConfig({ DQM_HISTOGRAM: moved });
    const client = clientOf(url, { dialect, histogram: dqmHistogram });
    expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
    const usual = clientOf(url, { dialect, histogram: readConfig({}).dqmHistogram });
    expect(await faultOf(usual.fetchChamber(listed, chamber))).toMatchObject({ code: 'absent' });
  });

  it('that have moved are told of by what lies in their place', async () => {
    const { simulator, client } = await rig([], { dialect });
    expect(await client.whereHistograms(listed)).toBe(
      'its folder DT/01-Digi holds Wheel-1, Wheel-2, Wheel0, Wheel1, Wheel2',
    );
    const other = clientOf(simulator.url, { dialect, histogram: moved });
    expect(await other.whereHistograms(listed)).toBe('it has no DT/Digis; its folder DT holds 01-Digi');
    const abroad = clientOf(simulator.url, { dialect, histogram: `Muons/${moved}` });
    expect(await abroad.whereHistograms(listed)).toBe('it has no Muons; its dataset holds DT');
    expect(await client.whereHistograms({ ...listed, run: 7 })).toBe('the listing of its folders is empty');
  });
});

describe('DQM_HISTOGRAM', () => {
  it.each([
    ['DT/{wheel}/{station}', /must name \{sector\}: without it chambers share a histogram/],
    [
      'DT/W{wheel}/{station}/{sector}/{run}',
      /names \{run\}; it may name \{wheel\}, \{station\} and \{sector\}/,
    ],
    ['DT/{wheel}/{station}/{sector}}', /has a brace without its other half/],
    ['/DT/{wheel}/{station}/{sector}', /must be a path below the dataset/],
    ['DT/../{wheel}/{station}/{sector}', /must be a path below the dataset/],
    ['DT/{wheel}/{station}/{sector}?x=1', /must be a path below the dataset/],
  ])('%s is refused at the start', (template, says) => {
    expect(() => readConfig({ DQM_HISTOGRAM: template })).toThrow(says);
  });
});
