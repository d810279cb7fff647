import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { formatChamber } from '@dtdqm/contract';

/** The chamber whose reply is hostile; all else is an honest server's. */
export const target = { wheel: 1, station: 2, sector: 7 } as const;

type Reply = (response: ServerResponse) => void;

const json = (text: string | Buffer, headers: Record<string, string> = {}): Reply =>
  ((response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text)) as Reply;

const histogram = (content: string) => `{"hist":{"type":"TH2F","bins":{"content":${content}}}}`;
const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const rows = (row: string) => `[${Array.from({ length: 12 }, () => row).join()}]`;
const megabyte = 1 << 20;

/** What a server could answer to harm the monitor, and what the run's error must say of it. */
export const hostileReplies: Record<string, { reply: Reply; says: RegExp }> = {
  'megabytes of spaces in text that is nearly JSON': {
    reply: json(`{"hist":[${' '.repeat(megabyte - 100)}x`),
    says: /not JSON/,
  },
  'megabytes of spaces after each of many commas': {
    reply: json(`[${`0,${' '.repeat(1000)}`.repeat(1000)}nan x`),
    says: /not JSON/,
  },
  'brackets a quarter of a million deep': { reply: json(deep(250_000)), says: /TH2|rows|shape/ },
  'an error that is as deep': { reply: json(`{"error":${deep(250_000)}}`), says: /the server says/ },
  'a type that is as deep': { reply: json(`{"hist":{"type":${deep(250_000)}}}`), says: /TH2/ },
  'a cell that is as deep': { reply: json(histogram(rows(`[${deep(15_000)}]`))), says: /layer 1 wire 1/ },
  'a prototype for everything': {
    reply: json(
      `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"hist":{"__proto__":{"type":"TH2F"}}}`,
    ),
    says: /TH2/,
  },
  'rows of a hundred thousand wires': {
    reply: json(histogram(rows(`[${'0,'.repeat(30_000)}0]`))),
    says: /1 to 200 cells/,
  },
  'more hits than a table can hold': { reply: json(histogram(rows('[1e15,2]'))), says: /layer 1 wire 1/ },
  'a hundred megabytes': { reply: json(Buffer.alloc(100 * megabyte, ' ')), says: /larger than/ },
  'a body without end': {
    reply: (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const piece = Buffer.alloc(64 * 1024, ' ');
      const pour = () => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', pour);
      pour();
    },
    says: /larger than/,
  },
  'a bomb in a bomb': {
    reply: json(gzipSync(gzipSync(Buffer.alloc(300 * megabyte, ' '), { level: 1 })), {
      'content-encoding': 'gzip, gzip',
    }),
    says: /larger than/,
  },
  'headers without end': {
    reply: (response) => response.writeHead(200, { 'x-long': 'x'.repeat(megabyte) }).end('{}'),
    says: /header/i,
  },
};

export interface HostileServer {
  url: string;
  close(): Promise<void>;
}

/** Stands before an honest server; run n gets the n-th hostile reply for one chamber, as often as it asks. */
export async function startHostileServer(honest: string): Promise<HostileServer> {
  const replies = Object.values(hostileReplies);
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const run = Number(/\/archive\/(\d+)\//.exec(path)?.[1]);
    const hostile = path.includes(formatChamber(target)) ? replies[run - 1] : undefined;
    if (hostile !== undefined) return hostile.reply(response);
    fetch(honest + path).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
