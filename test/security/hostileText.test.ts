import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedRuns } from '../api/seed.ts';
import { startTestApi, type TestApi } from '../api/api.ts';

/** What a stranger could write into any text, each with what it hopes to reach. */
const hostile = {
  'ends an SQL string': "'); drop table run cascade; --",
  'runs a script in a page': '<script>alert(1)</script><img src=x onerror=alert(1)>',
  'breaks out of an attribute': '" autofocus onfocus="alert(1)',
  'turns the reading direction': '\u202Egnp.exe',
  'is a formula in a spreadsheet': '=HYPERLINK("http://evil.example","ok")',
  'breaks a line of CSV': 'a","b"\r\nrun,wheel\r\n',
};

const verdicts = Array.from({ length: 12 }, () => 'good');

let api: TestApi;
let key = 0;
beforeAll(async () => {
  api = await startTestApi();
  await seedRuns(api.database, [380001]);
});
afterAll(() => api.close());

const postLabel = (body: object) =>
  api.fetch('/api/v1/labels', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      run: 380001,
      wheel: 0,
      station: 1,
      sector: 1,
      verdicts,
      idempotencyKey: `hostile-${++key}`,
      ...body,
    }),
  });

const tables = async () =>
  (await api.database.query('select count(*)::int as n from pg_tables where schemaname = $1', ['public']))
    .rows[0];

describe.each(Object.entries(hostile))('a note that %s', (_, note) => {
  it('is stored and given back letter by letter, and changes nothing else', async () => {
    const before = await tables();
    const answer = await postLabel({ note });
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({ event: { note } });
    expect(await tables()).toEqual(before);
  });
});

describe.each(Object.entries(hostile))('an address that %s', (_, text) => {
  it('is refused as JSON and as a page, without being run', async () => {
    const path = `/data/${encodeURIComponent(text)}/0/1/1/`;
    const asJson = await api.fetch(path, { headers: { accept: 'application/json' } });
    expect(asJson.status).toBe(400);
    const asPage = await api.fetch(`/eval/${encodeURIComponent(text)}/0/1/1/`, {
      headers: { accept: 'text/html' },
    });
    expect(asPage.status).toBeGreaterThanOrEqual(400);
    expect(asPage.status).toBeLessThan(500);
    expect(await asPage.text()).not.toContain(text.includes('<') ? '<img src=x' : 'autofocus onfocus="alert');
  });
});

describe('the exception text of a run', () => {
  it('is never sent as HTML, nor as anything that a browser may take for it', async () => {
    const text = hostile['runs a script in a page'];
    await api.database.query(`update run set status = 'ERROR', error = $1 where run = 380001`, [text]);
    for (const path of ['/data/net_scores/', '/fetch/', '/eval/380001/']) {
      const answer = await api.fetch(path, { headers: { accept: 'text/html' }, redirect: 'follow' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('application/json');
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    }
    const missing = await api.fetch(`/eval/${encodeURIComponent(text)}`, {
      headers: { accept: 'text/html' },
    });
    expect(missing.headers.get('content-type')).toContain('text/html');
    expect(await missing.text()).not.toContain('<img src=x');
    await api.database.query(`update run set status = 'FINISHED', error = null where run = 380001`);
  });
});
