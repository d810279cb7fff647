import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { clientOf, faultOf } from './rig.ts';

const dataset = 'Global/Online/ALL';
const body = JSON.stringify({ data: [{ run: 5, lumi: 0, dataset: `/${dataset}` }] });

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that sends these bytes, seven at a time and without saying how many there are, as whatever stands before a server may. */
async function sending(bytes: Buffer, encoding: string, host = '127.0.0.1'): Promise<string | null> {
  server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding });
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end();
  });
  const listens = await new Promise<boolean>((resolve) =>
    server?.on('error', () => resolve(false)).listen(0, host, () => resolve(true)),
  );
  const { port } = listens ? (server.address() as AddressInfo) : { port: 0 };
  return listens ? `http://${host.includes(':') ? `[${host}]` : host}:${port}/dqm/online/` : null;
}
const listing = (url: string | null) => clientOf(url ?? '', { dialect: 'new' }).listRuns({ dataset });

describe('a reply', () => {
  it.each([
    ['gzip', gzipSync(body)],
    ['br', brotliCompressSync(body)],
    ['deflate', deflateSync(body)],
    ['gzip, br', brotliCompressSync(gzipSync(body))],
    ['identity', Buffer.from(`\uFEFF${body}`)],
  ])('in pieces and in %s is read', async (encoding, bytes) => {
    expect((await listing(await sending(bytes, encoding))).runs).toEqual([{ run: 5, dataset }]);
  });

  it.each([
    ['cut amid', gzipSync(body).subarray(0, 40)],
    ['not packed at all', Buffer.from(body)],
  ])('that says gzip and is %s may pass', async (_, bytes) => {
    expect(await faultOf(listing(await sending(bytes, 'gzip')))).toMatchObject({ mayPass: true });
  });

  it('comes from an address of IPv6', async ({ skip }) => {
    const url = await sending(Buffer.from(body), 'identity', '::1');
    if (url === null) return skip('this machine has no IPv6');
    expect((await listing(url)).runs).toEqual([{ run: 5, dataset }]);
  });
});
