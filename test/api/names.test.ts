import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelOf, queueRuns } from '../labels/labelled.ts';
import { startTestApi, type TestApi } from './api.ts';
import { sendBytes } from './wire.ts';

const token = 'correct-horse-battery-staple';
let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token });
  await queueRuns(api.database, 1);
});
afterAll(() => api.close());

/** A label by whoever these bytes name, as Grafana sends them: it writes the login as it is, in UTF-8. */
function labelAs(name: Buffer | string, index: number) {
  const text = JSON.stringify(labelOf(1, index));
  const head = [
    'POST /api/v1/labels HTTP/1.1',
    `Host: ${new URL(api.url).host}`,
    `Authorization: Bearer ${token}`,
    'X-Dtdqm-Role: Editor',
    'Content-Type: application/json',
    'X-Grafana-User: ',
  ].join('\r\n');
  return sendBytes(api.url, Buffer.concat([Buffer.from(head), Buffer.from(name)]), text);
}

const authors = async () => {
  const { rows } = await api.database.query<{ expert: string }>('select expert from label_event order by id');
  return rows.map(({ expert }) => expert);
};

describe('the name of an expert', () => {
  it.each([
    ['Łukasz', 'Łukasz'],
    ['José', 'José'],
    ['Јелена Петровић', 'Јелена Петровић'],
    ['山田 太郎', '山田 太郎'],
    ['𝒳 of the wheel', '𝒳 of the wheel'],
    [' José ', 'José'],
    // The same to the eye, and so the same expert.
    ['Jose\u0301', 'José'],
    ['x'.repeat(200), 'x'.repeat(200)],
    ['ř'.repeat(200), 'ř'.repeat(200)],
  ])('%s is stored as people write it', async (sent, stored) => {
    const answer = await labelAs(sent, (await authors()).length);
    expect(answer.status).toBe(201);
    expect((await authors()).at(-1)).toBe(stored);
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.from([0x4a, 0x6f, 0x73, 0xe9])],
    ['a control character', Buffer.from([0x61, 0x09, 0x62])],
    ['a control character of two bytes', '\u0085name'],
    ['half a surrogate pair, as some programs write it', Buffer.from([0xed, 0xa0, 0xbd])],
    ['more than 200 characters', 'ř'.repeat(201)],
  ])('with %s is refused, and says the rule', async (_, sent) => {
    const before = (await authors()).length;
    const answer = await labelAs(sent, 249);
    expect(answer.status).toBe(401);
    expect(answer.body).toContain('X-Grafana-User must be 1 to 200 printable characters in UTF-8');
    expect(await authors()).toHaveLength(before);
  });

  it('that was stored mangled stays what it was', async () => {
    await api.database.query(
      `insert into label_event (run, wheel, station, sector, version, expert, kind, source, idempotency_key, request_hash)
       values (1, 2, 4, 14, 1, 'JosÃ©', 'skip', 'panel', 'mangled-before', '')`,
    );
    await labelAs('José', 200);
    expect(await authors()).toContain('JosÃ©');
  });
});

it('a request id that is no plain word is replaced, whatever its bytes', async () => {
  const ask = (id: Buffer | string) =>
    sendBytes(
      api.url,
      Buffer.concat([
        Buffer.from(`GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: `),
        Buffer.from(id),
      ]),
    );
  expect((await ask('trace-0123456789')).headers['x-request-id']).toBe('trace-0123456789');
  for (const id of ['žluťoučký-0123', Buffer.from([0xff, 0xfe, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46])]) {
    expect((await ask(id)).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  }
});
