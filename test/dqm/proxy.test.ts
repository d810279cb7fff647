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
let credentials: string[];
let status: number;
/** Where it leads, whatever the host. */
let port: number;
beforeEach(async () => {
  [asked, credentials, status] = [[], [], 200];
  proxy = createServer((_, response) => response.writeHead(405).end());
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    const [, basic = ''] = /^Basic (.*)$/.exec(request.headers['proxy-authorization'] ?? '') ?? [];
    credentials.push(Buffer.from(basic, 'base64').toString());
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

  it('may be named without a scheme, and with a user and a password', async () => {
    const { host: at } = new URL(address());
    const client = await behind({ HTTPS_PROXY: at });
    expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
    const other = await behind({ HTTPS_PROXY: `http://us%40er:p%40ss%3A@${at}` });
    expect(await other.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
    expect(credentials.at(-1)).toBe('us@er:p@ss:');
  });

  it.each([
    [
      'socks5://127.0.0.1:1080',
      /^HTTPS_PROXY names a proxy of socks5:\/\/, which is not spoken here; give one of http/,
    ],
    [
      'http://wpad.example/proxy.pac',
      /^HTTPS_PROXY must be the address of a proxy alone; what a PAC file says/,
    ],
    [
      'http://user:hid/den@proxy.example:3128',
      /^HTTPS_PROXY must be the address of a proxy, such as http.*%2F/,
    ],
  ])('%s is refused at the start, by the name of the variable', async (value, says) => {
    const refused = behind({ HTTPS_PROXY: value });
    await expect(refused).rejects.toThrow(says);
    await expect(refused).rejects.not.toThrow(/hid/);
  });

  it('that is not there is told apart from a server that is not', async () => {
    const client = await behind({ HTTPS_PROXY: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1' });
    const fault = await faultOf(client.fetchChamber(listed, chamber));
    expect(fault.message).toMatch(
      /connection refused \(the proxy of HTTPS_PROXY, on the way to dqm\.example\)$/,
    );
    const plain = clientOf('http://dqm.example/dqm/online', {});
    expect((await faultOf(plain.fetchChamber(listed, chamber))).message).toMatch(/the proxy of HTTP_PROXY/);
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
