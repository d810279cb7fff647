import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Authority } from './certificates.ts';
import { clientOf, faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const chamber = { wheel: 1, station: 2, sector: 7 } as const;
const host = 'dqm.example';
const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
const authority = new Authority('Grid CA');
const [ca, cert] = ['ca.pem', 'user.pem'].map((name) => join(folder, name)) as [string, string];
const user = authority.issue({ name: 'dt monitor' });
writeFileSync(ca, authority.cert);
writeFileSync(cert, user.cert + user.key);
const tls = { ...authority.issue({ name: host }), clientCa: authority.cert };
afterAll(() => rmSync(folder, { recursive: true }));

let proxy: Server;
/** Hosts that it was asked to connect to. */
let asked: string[];
let status: number;
/** Where it leads, whatever the host. */
let port: number;
beforeEach(async () => {
  [asked, status] = [[], 200];
  proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const far = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      far.pipe(socket).pipe(far);
    });
    for (const each of [far, socket]) each.on('error', () => [far, socket].forEach((end) => end.destroy()));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
});
const address = () => `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;

/** A client of a server that only the proxy knows the way to. */
async function behind(environment: Record<string, string>) {
  const { simulator } = await rig([], {}, { tls });
  port = simulator.port;
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  return clientOf(`https://${host}/dqm/online`, { certificate: { ca, cert } });
}

describe('a proxy', () => {
  it.each(['HTTPS_PROXY', 'https_proxy'])(
    'that %s names is used, with our certificate for the server',
    async (name) => {
      const client = await behind({ [name]: address() });
      expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
      expect(asked).toEqual([`${host}:443`]);
    },
  );

  it('is not used for hosts in NO_PROXY', async () => {
    const client = await behind({ HTTPS_PROXY: address(), NO_PROXY: '.example,cern.ch' });
    expect((await faultOf(client.fetchChamber(listed, chamber))).message).toMatch(/host name not found/);
    expect(asked).toEqual([]);
  });

  it('is never used for this machine, where the simulated server is', async () => {
    vi.stubEnv('HTTP_PROXY', address());
    const { client } = await rig();
    expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
    expect(asked).toEqual([]);
  });

  it.each([
    [
      407,
      /the proxy of HTTPS_PROXY does not let us through to dqm\.example \(status 407\); give user and password in it/,
    ],
    [403, /status 403\); name the host in NO_PROXY/],
  ])('that answers %i is told of, with the fix', async (answer, says) => {
    status = answer;
    const client = await behind({ HTTPS_PROXY: address() });
    const fault = await faultOf(client.fetchChamber(listed, chamber));
    expect(fault).toMatchObject({ code: 'unreachable', mayPass: false });
    expect(fault.message).toMatch(says);
  });
});
