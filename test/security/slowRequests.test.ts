import { once } from 'node:events';
import { get } from 'node:http';
import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../api/api.ts';

/** As in production, only shorter. */
const limits = { headersMs: 500, requestMs: 1000, checkEveryMs: 100 };

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ DTDQM_DATABASE_CONNECTIONS: '10' }, {}, limits);
  // More than fits into the buffers between us: somebody who does not read holds an export up.
  await api.database.query(
    `insert into label_event (run, wheel, station, sector, version, expert, kind, verdicts, marks, note, blind, source,
                              idempotency_key, request_hash)
     select 1, 0, 1, 1, n, 'ana', 'label', array_fill('good'::label_verdict, array[12]), '[]', repeat('x', 1000), false, 'panel',
            'key-' || n, 'hash'
     from generate_series(1, 25000) as n`,
  );
});
afterAll(() => api.close());

function open(): Socket {
  const { port, hostname } = new URL(api.url);
  return connect(Number(port), hostname);
}

/** Sends a byte of `text` every 20 ms, and never its end. @returns all that is answered before the server hangs up. */
async function trickle(head: string, text: string): Promise<string> {
  const socket = open();
  socket.write(head);
  let place = 0;
  const drip = setInterval(() => socket.write(text[place++ % text.length] ?? ''), 20);
  let reply = '';
  socket.setEncoding('utf8').on('data', (piece: string) => (reply += piece));
  socket.on('error', () => undefined);
  await once(socket, 'close');
  clearInterval(drip);
  return reply;
}

describe('clients that send without end', () => {
  it('are cut off at headers and at bodies, while others are served', async () => {
    const host = 'Host: 127.0.0.1\r\n';
    const slow = [
      ...Array.from({ length: 40 }, () => trickle(`GET /api/v1/runs HTTP/1.1\r\n${host}`, 'X-Slow: a\r\n')),
      ...Array.from({ length: 40 }, () =>
        trickle(
          `POST /api/v1/labels HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n{`,
          ' ',
        ),
      ),
    ];
    expect((await api.fetch('/api/v1/runs')).status).toBe(200);
    expect((await api.fetch('/healthz/live')).status).toBe(200);
    for (const reply of await Promise.all(slow)) expect(reply).toMatch(/^HTTP\/1\.1 (408|400) /);
    const { rows } = await api.database.query(`select count(*)::integer as n from label_event`);
    expect(rows).toEqual([{ n: 25_000 }]);
  });
});

describe('clients that do not read what they asked for', () => {
  it('hold up other exports and nobody else', async () => {
    const stuck = Array.from({ length: 12 }, () =>
      get(`${api.url}/api/v1/labels/export?format=jsonl`, { agent: false }, (answer) => answer.pause()).on(
        'error',
        () => undefined,
      ),
    );
    const observer = new pg.Client({ connectionString: api.databaseUrl });
    await observer.connect();
    // Connections of ours whose transaction waits for a reader.
    const held = async () => {
      const { rows } = await observer.query<{ n: number }>(
        `select count(*)::integer as n from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction'`,
      );
      return rows[0]?.n ?? 0;
    };
    await expect.poll(held, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    for (let request = 0; request < 20; request++) {
      expect((await api.fetch('/api/v1/runs')).status).toBe(200);
    }
    expect(await held()).toBeLessThanOrEqual(3);
    await observer.end();
    for (const request of stuck) request.destroy();
    // Their places are free again.
    const answer = await api.fetch('/api/v1/labels/export?format=csv');
    expect((await answer.text()).split('\n').length).toBe(25_002);
  });
});
