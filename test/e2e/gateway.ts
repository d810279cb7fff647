import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { workbenchAsset, workbenchPage } from '@dtdqm/plugin/workbench/assets';

/** A workbench in front of an API, on a line that can be made bad. */
export interface Gateway {
  url: string;
  /** Where the API is; null while it is down. */
  api: string | null;
  /** Share of answers that are lost after the API has given them, 0..1. */
  dropShare: number;
  /** Requests get no answer, and the connection stays open. */
  isHanging: boolean;
  /** Each address is answered with what it was answered first since this was set. */
  isCaching: boolean;
  /** Answers lost so far. */
  dropped: number;
  close(): Promise<void>;
}

/**
 * Serves a built workbench, and passes everything else on.
 *
 * @param added headers for the API, such as a token: what Grafana's proxy would add.
 */
export async function openGateway(
  workbenchDir: string,
  api: string,
  added: Record<string, string> = {},
): Promise<Gateway> {
  const server = createServer((incoming, outgoing) => void serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const gateway: Gateway = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    api,
    dropShare: 0,
    isHanging: false,
    isCaching: false,
    dropped: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { pathname } = new URL(incoming.url ?? '/', gateway.url);
    const isPage = incoming.method === 'GET' && incoming.headers.accept?.includes('text/html');
    if (pathname.startsWith('/assets/') || isPage) {
      const asset = isPage ? await workbenchPage(workbenchDir) : await workbenchAsset(workbenchDir, pathname);
      outgoing.writeHead(
        asset ? 200 : 404,
        asset ? { 'Content-Type': asset.type, 'Cache-Control': asset.cacheControl } : {},
      );
      outgoing.end(asset?.body);
    } else {
      await passOn(incoming, outgoing);
    }
  }

  const kept = new Map<string, Buffer>();

  async function passOn(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    if (gateway.isHanging) return;
    const had = gateway.isCaching ? kept.get(incoming.url ?? '') : kept.clear();
    if (had) {
      outgoing.writeHead(200, { 'Content-Type': 'application/json' });
      outgoing.end(had);
      return;
    }
    if (gateway.api === null) {
      incoming.socket.destroy();
      return;
    }
    const { host: _host, origin: _origin, ...headers } = incoming.headers;
    const target = new URL(incoming.url ?? '/', gateway.api);
    const asked = request(
      target,
      {
        method: incoming.method ?? 'GET',
        headers: { ...headers, ...added, ...(gateway.isCaching ? { 'accept-encoding': 'identity' } : {}) },
      },
      (answer) => {
        if (Math.random() < gateway.dropShare) {
          gateway.dropped += 1;
          answer.resume().on('end', () => incoming.socket.destroy());
          return;
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        if (!gateway.isCaching || answer.statusCode !== 200) return;
        const parts: Buffer[] = [];
        answer.on('data', (part: Buffer) => parts.push(part));
        answer.on('end', () => kept.set(incoming.url ?? '', Buffer.concat(parts)));
      },
    );
    asked.on('error', () => incoming.socket.destroy());
    incoming.pipe(asked);
  }
  return gateway;
}
