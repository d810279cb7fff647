import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import type { Context } from 'koa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { roles } from '@dtdqm/contract';
import {
  createAuthenticate,
  mayAct,
  refuseCrossSite,
  requireRole,
  requireSameMachine,
  type AuthOptions,
  type Caller,
} from './auth.ts';
import type { Problem } from './problem.ts';

const token = 'correct-horse-battery-staple';
const bearer = { authorization: `Bearer ${token}` };

/** What authentication looks at of a request. */
function request(
  headers: Record<string, string> = {},
  remoteAddress: string | undefined = '127.0.0.1',
): Context {
  const get = (name: string) => headers[name.toLowerCase()] ?? '';
  return { get, req: { socket: { remoteAddress } } } as unknown as Context;
}

async function problemOf(work: () => unknown): Promise<Problem> {
  try {
    await work();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('nothing was refused');
}

const authenticate = (headers: Record<string, string>, options: Partial<AuthOptions> = {}) =>
  createAuthenticate({ token, grafana: undefined, ...options })(request(headers));

describe('without a token', () => {
  const local = createAuthenticate({ token: undefined, grafana: undefined });

  it('everyone on this machine is the local admin', async () => {
    expect(await local(request({ host: 'localhost:8080' }))).toEqual({
      name: 'local',
      role: 'admin',
      via: 'local',
    });
  });

  it.each(['127.0.0.1', '127.12.0.255', '::1', '::ffff:127.0.0.1'])(
    'a request from %s is let in',
    (address) => {
      expect(() => requireSameMachine(request({ host: 'localhost' }, address))).not.toThrow();
    },
  );

  it.each(['10.0.0.1', '128.0.0.1', '1127.0.0.1', '127.0.0.1.9', '2001::1', '::10', '::ffff:10.0.0.1', ''])(
    'a request from "%s" is not',
    async (address) => {
      const refused = await problemOf(() => local(request({ host: 'localhost' }, address)));
      expect(refused).toMatchObject({ status: 403, id: 'this-machine-only' });
      expect(refused.message).toBe('without API_TOKEN the API answers this machine only');
    },
  );

  it('nor one whose address is not known, because its connection has ended', () => {
    const ended = { get: () => 'localhost', req: { socket: {} } } as unknown as Context;
    expect(() => requireSameMachine(ended)).toThrow('this machine only');
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:65535', '127.100.100.100', '[::1]', '[::1]:8080'])(
    'a request to %s is let in',
    (host) => {
      expect(() => requireSameMachine(request({ host }))).not.toThrow();
    },
  );

  it.each([
    '',
    'evil.example',
    'localhost.evil',
    'xlocalhost',
    'localhost:',
    '127.0.0.1:123456',
    '127.0.0.1000',
    '::1',
  ])('a request to "%s" is not, as a page of another name could have been led here', async (host) => {
    const refused = await problemOf(() => local(request({ host })));
    expect(refused).toMatchObject({ status: 403, id: 'this-machine-only' });
    expect(refused.message).toBe('without API_TOKEN the API must be asked as localhost or 127.0.0.1');
  });
});

describe('with a token', () => {
  it.each([
    '',
    'Bearer',
    'Bearer ',
    token,
    `Basic ${token}`,
    `Bearer  ${token}`,
    `Bearer ${token} `,
    `xBearer ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token.slice(1)}`,
    `Bearer ${token.toUpperCase()}`,
    'Bearer undefined',
  ])('"%s" is unauthorised', async (authorization) => {
    expect(await problemOf(() => authenticate({ authorization, 'x-dtdqm-role': 'Admin' }))).toMatchObject({
      status: 401,
      id: 'not-authenticated',
      message: 'send the right token as Authorization: Bearer',
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  });

  it('the right one is let in from anywhere, however the scheme is written, and may only look', async () => {
    const viewer = { name: 'token', role: 'viewer', via: 'token' };
    const check = createAuthenticate({ token, grafana: undefined });
    expect(await check(request(bearer, '10.0.0.1'))).toEqual(viewer);
    expect(await authenticate({ authorization: `bearer ${token}` })).toEqual(viewer);
  });

  it.each([
    ['Viewer', 'viewer'],
    ['Editor', 'editor'],
    ['Admin', 'admin'],
  ])('the role %s is taken as stated', async (stated, role) => {
    expect(await authenticate({ ...bearer, 'x-dtdqm-role': stated })).toMatchObject({ role });
  });

  it.each(['admin', 'Root', 'None', ' Admin', '__proto__', 'constructor'])(
    'the role "%s" is not',
    async (stated) => {
      expect(await problemOf(() => authenticate({ ...bearer, 'x-dtdqm-role': stated }))).toMatchObject({
        status: 401,
        id: 'not-authenticated',
        message: 'X-Dtdqm-Role must be one of Viewer, Editor, Admin',
      });
    },
  );

  it('the name is taken as stated, without the space around it, up to 200 characters', async () => {
    // As Node gives a header that came in UTF-8: a character a byte.
    const asRead = (text: string) => Buffer.from(text).toString('latin1');
    const name = async (stated: string) =>
      (await authenticate({ ...bearer, 'x-grafana-user': asRead(stated) })).name;
    expect(await name(' Ada Lovelace ')).toBe('Ada Lovelace');
    expect(await name(' ')).toBe('token');
    expect(await name('é'.repeat(200))).toBe('é'.repeat(200));
    for (const bad of ['a'.repeat(201), 'a\u0085b', '\u0007bell', 'nul\u0000']) {
      expect(await problemOf(() => name(bad))).toMatchObject({
        status: 401,
        id: 'not-authenticated',
        message: 'X-Grafana-User must be 1 to 200 printable characters in UTF-8',
      });
    }
  });
});

describe('with the identity that Grafana signs', () => {
  let grafana: Server;
  let url: string;
  let key: CryptoKey;
  let rsa: CryptoKey;
  let published: JWK[];
  let asked = 0;
  let answer: (() => { status: number; body: string }) | undefined;

  beforeAll(async () => {
    const [current, next, other] = await Promise.all([
      generateKeyPair('ES256'),
      generateKeyPair('ES256'),
      generateKeyPair('RS256'),
    ]);
    [key, rsa] = [current.privateKey, other.privateKey];
    published = [
      { ...(await exportJWK(current.publicKey)), kid: 'current', alg: 'ES256' },
      { ...(await exportJWK(next.publicKey)), kid: 'next', alg: 'ES256' },
      { ...(await exportJWK(other.publicKey)), kid: 'rsa', alg: 'RS256' },
    ];
    grafana = createServer((asking, response) => {
      asked += 1;
      const found = asking.url === '/grafana/api/signing-keys/keys';
      const { status, body } = answer?.() ?? {
        status: found ? 200 : 404,
        body: JSON.stringify(found ? { keys: published } : {}),
      };
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    await new Promise<void>((resolve) => grafana.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(grafana.address() as AddressInfo).port}/grafana`;
  });
  afterAll(() => grafana.close());

  const now = () => Math.floor(Date.now() / 1000);
  const claims = (changed: Record<string, unknown> = {}) =>
    Object.fromEntries(
      Object.entries({
        sub: 'user:1',
        iss: url,
        aud: 'org:1',
        exp: now() + 300,
        username: 'ada',
        ...changed,
      }).filter(([, value]) => value !== undefined),
    );
  const sign = (changed: Record<string, unknown> = {}, header: Record<string, unknown> = {}, by = key) =>
    new SignJWT(claims(changed)).setProtectedHeader({ alg: 'ES256', kid: 'current', ...header }).sign(by);

  const identify = async (id: string | undefined, more: Record<string, string> = {}, at = url) =>
    authenticate(
      { ...bearer, ...(id === undefined ? {} : { 'x-grafana-id': id }), ...more },
      { grafana: { url: at, issuer: url, audience: 'org:1' } },
    );

  it('its name counts, whatever X-Grafana-User says, and the role is the one that the plugin’s route states', async () => {
    const caller = await identify(await sign(), { 'x-grafana-user': 'eve', 'x-dtdqm-role': 'Editor' });
    expect(caller).toEqual({ name: 'ada', role: 'editor', via: 'grafana' });
  });

  it('the address of Grafana may end with slashes', async () => {
    expect(await identify(await sign(), {}, `${url}//`)).toMatchObject({ name: 'ada' });
  });

  it.each([
    ['the user’s name', {}, 'ada'],
    ['else the address', { username: undefined, email: 'ada@example.org' }, 'ada@example.org'],
    ['else the subject', { username: undefined }, 'user:1'],
    ['nothing that cannot be printed', { username: 'a\u0007', email: 'x'.repeat(201) }, 'user:1'],
    ['nothing that is no text', { username: 7, email: '' }, 'user:1'],
  ])('the name is %s', async (_, changed, name) => {
    expect(await identify(await sign(changed))).toMatchObject({ name });
  });

  it('names somebody, or is refused', async () => {
    const nobody = await sign({ username: undefined, sub: '\u0000' });
    expect(await problemOf(() => identify(nobody))).toMatchObject({
      status: 401,
      id: 'not-authenticated',
      message: 'the identity that Grafana signed names nobody',
    });
  });

  it.each([
    ['is missing', () => undefined],
    ['is no token', () => 'nonsense'],
    ['is not signed', () => `${btoa('{"alg":"none"}')}.${btoa('{"sub":"user:1"}')}.`],
    ['is of another Grafana', () => sign({ iss: 'https://other.example' })],
    ['says not which Grafana', () => sign({ iss: undefined })],
    ['is for another organisation', () => sign({ aud: 'org:2' })],
    ['is for no organisation', () => sign({ aud: undefined })],
    ['expired longer ago than clocks differ', () => sign({ exp: now() - 12 })],
    ['never expires', () => sign({ exp: undefined })],
    ['has no subject', () => sign({ sub: undefined })],
    ['is not valid yet', () => sign({ nbf: now() + 60 })],
    ['is signed by another key', async () => sign({}, {}, (await generateKeyPair('ES256')).privateKey)],
    ['names a key that Grafana does not have', () => sign({}, { kid: 'other' })],
    ['names no key where there are several', () => sign({}, { kid: undefined })],
    ['is signed by a key of another kind', () => sign({}, { alg: 'RS256', kid: 'rsa' }, rsa)],
    ['asks for an extension that nobody knows', () => withHeader({ crit: ['b65'], b65: true })],
    [
      'holds no claims',
      () => new CompactSign(Buffer.from('[]')).setProtectedHeader({ alg: 'ES256', kid: 'current' }).sign(key),
    ],
  ])('one that %s is unauthorised', async (_, make) => {
    const id = await make();
    expect(await problemOf(() => identify(id))).toMatchObject({
      status: 401,
      id: 'not-authenticated',
      message: 'the identity that Grafana signed is missing or not valid',
    });
  });

  async function withHeader(header: object): Promise<string> {
    const [, payload, signature] = (await sign()).split('.');
    const encoded = Buffer.from(JSON.stringify({ alg: 'ES256', kid: 'current', ...header })).toString(
      'base64url',
    );
    return `${encoded}.${payload}.${signature}`;
  }

  it('one that expired a moment ago still counts, as clocks differ', async () => {
    expect(await identify(await sign({ exp: now() - 5 }))).toMatchObject({ name: 'ada' });
  });

  it('does not replace the token, and nobody is asked for keys without it', async () => {
    const before = asked;
    const refused = await problemOf(async () => identify(await sign(), { authorization: 'Bearer wrong' }));
    expect(refused).toMatchObject({ status: 401, message: 'send the right token as Authorization: Bearer' });
    expect(asked).toBe(before);
  });

  it.each([
    ['answers an error', { status: 500, body: '{}' }],
    ['answers a page', { status: 200, body: '<html>' }],
    ['answers something else', { status: 200, body: '{"keys":"none"}' }],
  ])('cannot be checked while Grafana %s: that is no fault of who asks', async (_, given) => {
    answer = () => given;
    try {
      expect(await problemOf(async () => identify(await sign()))).toMatchObject({
        status: 503,
        id: 'identity-unavailable',
        message: 'the keys of Grafana could not be fetched, so nobody can be identified',
        headers: { 'Retry-After': '10' },
      });
    } finally {
      answer = undefined;
    }
  });

  it('cannot be checked while Grafana is away either', async () => {
    const away = await problemOf(async () => identify(await sign(), {}, 'http://127.0.0.1:9'));
    expect(away).toMatchObject({ status: 503, id: 'identity-unavailable' });
  });
});

describe('roles', () => {
  const as = (role: Caller['role']): Caller => ({ name: 'ada', role, via: 'token' });

  it.each(roles.flatMap((role, has) => roles.map((needed, needs) => [role, needed, has >= needs] as const)))(
    '%s where %s is needed: %s',
    async (role, needed, allowed) => {
      expect(mayAct(as(role), needed)).toBe(allowed);
      if (allowed) {
        expect(() => requireRole(as(role), needed)).not.toThrow();
        return;
      }
      expect(await problemOf(() => requireRole(as(role), needed))).toMatchObject({
        status: 403,
        id: 'not-allowed',
        message: `forbidden: this needs the role ${needed}, you have ${role}`,
      });
    },
  );
});

describe('requests that change something', () => {
  const host = 'monitor.example:8080';

  it.each([
    ['of a program', {}],
    ['of a page of ours', { 'sec-fetch-site': 'same-origin', origin: `http://${host}` }],
    ['of an address that was typed in', { 'sec-fetch-site': 'none' }],
  ])('%s are let in', (_, headers) => {
    expect(() => refuseCrossSite(request({ host, ...headers }))).not.toThrow();
  });

  it.each([
    ['of another site', { 'sec-fetch-site': 'cross-site' }],
    ['of a neighbouring site', { 'sec-fetch-site': 'same-site' }],
    ['of another origin', { origin: 'https://evil.example' }],
    ['of another port', { origin: 'http://monitor.example' }],
    ['of a page without an origin', { origin: 'null' }],
    ['of another site that claims our origin', { 'sec-fetch-site': 'cross-site', origin: `http://${host}` }],
  ])('%s are not', async (_, headers) => {
    expect(await problemOf(() => refuseCrossSite(request({ host, ...headers })))).toMatchObject({
      status: 403,
      id: 'cross-site',
      message: 'a page of another site may not change anything here',
    });
  });
});
