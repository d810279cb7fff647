import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from './api.ts';
import { seedRuns } from './seed.ts';

const token = 'correct-horse-battery-staple';

/** Grafana's part: publishes its key where Grafana does. */
let grafana: Server;
let url: string;
let key: CryptoKey;
let api: TestApi;

beforeAll(async () => {
  const pair = await generateKeyPair('ES256');
  key = pair.privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'current', alg: 'ES256', use: 'sig' };
  grafana = createServer((request, response) => {
    const found = request.url === '/grafana/api/signing-keys/keys';
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(found ? { keys: [jwk] } : {}));
  });
  await new Promise<void>((resolve) => grafana.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(grafana.address() as AddressInfo).port}/grafana`;
  api = await startTestApi({ API_TOKEN: token, DTDQM_GRAFANA_URL: url });
  await seedRuns(api.database, [1]);
});
afterAll(async () => {
  await api.close();
  grafana.close();
});

interface Identity {
  claims?: Record<string, unknown>;
  issuer?: string;
  audience?: string;
  expires?: number | string;
  signedBy?: CryptoKey;
  kid?: string;
}

function identity({ claims = { username: 'ada' }, ...how }: Identity = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', kid: how.kid ?? 'current' })
    .setSubject('user:1')
    .setIssuer(how.issuer ?? url)
    .setAudience(how.audience ?? 'org:1')
    .setIssuedAt()
    .setExpirationTime(how.expires ?? '5m')
    .sign(how.signedBy ?? key);
}

const ask = (id: string | undefined, on = api) =>
  on.json('/api/v1/queue/progress', {
    headers: { authorization: `Bearer ${token}`, ...(id === undefined ? {} : { 'x-grafana-id': id }) },
  });

describe('an identity that Grafana signs', () => {
  it('is let in', async () => {
    expect((await ask(await identity())).status).toBe(200);
  });

  it('names the author of labels, whatever X-Grafana-User says', async () => {
    const { body } = await api.json('/api/v1/labels', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'x-dtdqm-role': 'Editor',
        'x-grafana-user': 'eve',
        'x-grafana-id': await identity(),
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        run: 1,
        wheel: 0,
        station: 1,
        sector: 1,
        verdicts: Array.from({ length: 12 }, () => 'good'),
        idempotencyKey: 'key-000001',
      }),
    });
    expect(body).toMatchObject({ event: { by: 'ada' } });
  });

  it.each([
    ['is missing', () => Promise.resolve(undefined)],
    ['is no token', () => Promise.resolve('nonsense')],
    ['is not signed', () => Promise.resolve(`${btoa('{"alg":"none"}')}.${btoa('{"sub":"user:1"}')}.`)],
    ['is of another Grafana', () => identity({ issuer: 'https://other.example' })],
    ['is for another organisation', () => identity({ audience: 'org:2' })],
    ['has expired', () => identity({ expires: 1000 })],
    [
      'is signed by another key',
      async () => identity({ signedBy: (await generateKeyPair('ES256')).privateKey }),
    ],
    ['names a key that Grafana does not have', () => identity({ kid: 'other' })],
    [
      'is signed another way',
      async () =>
        new SignJWT({ username: 'ada' })
          .setProtectedHeader({ alg: 'HS256', kid: 'current' })
          .setSubject('user:1')
          .setIssuer(url)
          .setAudience('org:1')
          .setExpirationTime('5m')
          .sign(new TextEncoder().encode('x'.repeat(32))),
    ],
  ])('that %s is refused', async (_, make) => {
    const { status, body } = await ask(await make());
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: { id: 'not-authenticated' } });
  });

  it('may be shown again until it expires, but not without the token, and a repeated label adds nothing', async () => {
    const stolen = await identity({ expires: '5m' });
    expect((await ask(stolen)).status).toBe(200);
    expect((await ask(stolen)).status).toBe(200);
    const alone = await api.json('/api/v1/queue/progress', { headers: { 'x-grafana-id': stolen } });
    expect(alone.status).toBe(401);
    const label = () =>
      api.json('/api/v1/labels', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${token}`,
          'x-dtdqm-role': 'Editor',
          'x-grafana-id': stolen,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          run: 1,
          wheel: 0,
          station: 1,
          sector: 2,
          verdicts: Array.from({ length: 12 }, () => 'good'),
          idempotencyKey: 'key-replayed',
        }),
      });
    const first = await label();
    expect(first.status).toBe(201);
    expect((await label()).body).toEqual(first.body);
    // As long as the clocks of two machines may differ, and no longer.
    const now = Math.floor(Date.now() / 1000);
    expect((await ask(await identity({ expires: now - 60 }))).status).toBe(401);
  });

  it.each(['exp', 'sub'])('without %s is refused: it would be good for ever, or nobody', async (claim) => {
    const claims = {
      exp: Math.floor(Date.now() / 1000) + 300,
      sub: 'user:1',
      iss: url,
      aud: 'org:1',
      username: 'ada',
    };
    const left = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== claim));
    const signed = await new SignJWT(left).setProtectedHeader({ alg: 'ES256', kid: 'current' }).sign(key);
    expect((await ask(signed)).status).toBe(401);
  });

  it('cannot be checked while Grafana is away: nobody is let in, and that is said', async () => {
    const alone = await startTestApi({ API_TOKEN: token, DTDQM_GRAFANA_URL: 'http://127.0.0.1:9/' });
    try {
      const { status, body } = await ask(await identity(), alone);
      expect(status).toBe(503);
      expect(body).toMatchObject({ error: { id: 'identity-unavailable' } });
      expect((await ask(undefined, alone)).status).toBe(401);
    } finally {
      await alone.close();
    }
  });
});
