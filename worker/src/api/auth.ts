import { createHash, timingSafeEqual } from 'node:crypto';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';
import type { Context } from 'koa';
import { expertNameSchema, grafanaRole, roles, type Role } from '@dtdqm/contract';
import { Problem } from './problem.ts';
import { headerText } from './request.ts';

/** Who asks, as authentication found out. */
export interface Caller {
  /** Written into labels; stable for one person. */
  name: string;
  role: Role;
  via: 'local' | 'token' | 'grafana';
}

export interface GrafanaOptions {
  /** Root address of Grafana; its keys lie at `/api/signing-keys/keys` below it. */
  url: string;
  issuer: string;
  audience: string;
}

export interface AuthOptions {
  token: string | undefined;
  grafana: GrafanaOptions | undefined;
}

/** Finds out who asks. @throws {Problem} 401, 403 or 503 when that cannot be told. */
export type Authenticate = (ctx: Context) => Promise<Caller>;

/** A name as it is kept: one spelling (NFC) for what looks the same, or one person would be two experts. Undefined where it is none. */
function readName(text: string | undefined): string | undefined {
  return expertNameSchema.safeParse(text?.normalize('NFC').trim()).data;
}

/** Without a token this machine only, and everyone there is the local admin; with one, whoever shows it. */
export function createAuthenticate({ token, grafana }: AuthOptions): Authenticate {
  if (token === undefined) {
    return (ctx) => {
      requireSameMachine(ctx);
      return Promise.resolve({ name: 'local', role: 'admin', via: 'local' });
    };
  }
  const isToken = secretMatcher(token);
  const identify = grafana && createGrafanaIdentity(grafana);

  return async (ctx) => {
    const [, given = ''] = /^Bearer ([\x21-\x7e]+)$/i.exec(ctx.get('Authorization')) ?? [];
    if (!isToken(given)) {
      throw unauthorised('send the right token as Authorization: Bearer', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
    }
    const role = statedRole(ctx);
    if (identify !== undefined) {
      return { name: await identify(ctx.get('X-Grafana-Id')), role, via: 'grafana' };
    }
    return { name: statedName(ctx), role, via: 'token' };
  };
}

/**
 * Who is not known, or not for sure. `unauthorised` is what the standard calls it (RFC 9110, section 15.5.2); the id is older and stays,
 * because clients match on it.
 */
function unauthorised(message: string, options?: ConstructorParameters<typeof Problem>[3]): Problem {
  return new Problem(401, 'not-authenticated', message, options);
}

/** Compares with the expected secret in a time that tells nothing of it, not even its length. */
function secretMatcher(expected: string): (given: string) => boolean {
  const digestOf = (text: string) => createHash('sha256').update(text).digest();
  const digest = digestOf(expected);
  return (given) => timingSafeEqual(digestOf(given), digest);
}

const grafanaRoles = new Map(roles.map((role) => [grafanaRole(role), role]));

/** A request that states no role may only look: a proxy that forgets the header must not make admins. */
function statedRole(ctx: Context): Role {
  const stated = ctx.get('X-Dtdqm-Role');
  const role = stated === '' ? 'viewer' : grafanaRoles.get(stated);
  if (role === undefined)
    throw unauthorised(`X-Dtdqm-Role must be one of ${[...grafanaRoles.keys()].join(', ')}`);
  return role;
}

function statedName(ctx: Context): string {
  if (ctx.get('X-Grafana-User').trim() === '') return 'token';
  const name = readName(headerText(ctx, 'X-Grafana-User'));
  if (name !== undefined) return name;
  throw unauthorised('X-Grafana-User must be 1 to 200 printable characters in UTF-8');
}

/**
 * Checks the identity that Grafana signs for every proxied request (`X-Grafana-Id`, from Grafana 10.4 on).
 *
 * @returns a function from the header to the user's name.
 * @throws {Problem} 401 for anything but a valid identity, 503 while the keys could not be fetched.
 */
function createGrafanaIdentity({ url, issuer, audience }: GrafanaOptions) {
  const keys = createRemoteJWKSet(new URL(`${url.replace(/\/+$/, '')}/api/signing-keys/keys`), {
    timeoutDuration: 5000,
    // A key that is not known yet makes jose ask again, but not more often than this.
    cooldownDuration: 30_000,
    cacheMaxAge: 600_000,
  });
  const expected = {
    algorithms: ['ES256'],
    issuer,
    audience,
    // Seconds by which the clocks of two machines may differ.
    clockTolerance: 10,
    requiredClaims: ['exp', 'sub'],
  };

  return async (token: string): Promise<string> => {
    const { payload } = await jwtVerify(token, keys, expected).catch((cause: unknown) => {
      if (saysSomethingOfTheToken(cause)) {
        throw unauthorised('the identity that Grafana signed is missing or not valid', { cause });
      }
      const message = 'the keys of Grafana could not be fetched, so nobody can be identified';
      throw new Problem(503, 'identity-unavailable', message, { cause, headers: { 'Retry-After': '10' } });
    });
    // Readable where Grafana gives a name, else the subject, e.g. `user:1`; both are stable for one person.
    for (const claim of [payload['username'], payload['email'], payload.sub]) {
      const name = typeof claim === 'string' ? readName(claim) : undefined;
      if (name !== undefined) return name;
    }
    throw unauthorised('the identity that Grafana signed names nobody');
  };
}

/** What is left says something of the way to the keys. */
function saysSomethingOfTheToken(error: unknown): boolean {
  return [
    errors.JWTExpired,
    errors.JWTClaimValidationFailed,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JOSENotSupported,
    errors.JWKSNoMatchingKey,
    errors.JWKSMultipleMatchingKeys,
  ].some((refusal) => error instanceof refusal);
}

export function mayAct(caller: Caller, needed: Role): boolean {
  return roles.indexOf(caller.role) >= roles.indexOf(needed);
}

/** @throws {Problem} 403 when the caller's role is less than what is needed. */
export function requireRole(caller: Caller, needed: Role): void {
  if (mayAct(caller, needed)) return;
  throw new Problem(403, 'not-allowed', `forbidden: this needs the role ${needed}, you have ${caller.role}`);
}

const loopbackAddress = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const loopbackHost = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Lets only this machine in. The Host header must name it too: a web page elsewhere can give its own name the address
 * 127.0.0.1 (DNS rebinding), and the browser would then let it read everything.
 *
 * @throws {Problem} 403.
 */
export function requireSameMachine(ctx: Context): void {
  const refuse = (message: string) => new Problem(403, 'this-machine-only', message);
  if (!loopbackAddress.test(ctx.req.socket.remoteAddress ?? '')) {
    throw refuse('without API_TOKEN the API answers this machine only');
  }
  if (!loopbackHost.test(ctx.get('Host'))) {
    throw refuse('without API_TOKEN the API must be asked as localhost or 127.0.0.1');
  }
}

/**
 * Refuses to change anything on behalf of a web page of another site: browsers say where a request comes from.
 * `none` is an address that was typed in or a bookmark.
 *
 * @throws {Problem} 403.
 */
export function refuseCrossSite(ctx: Context): void {
  const site = ctx.get('Sec-Fetch-Site');
  const origin = ctx.get('Origin');
  const foreignSite = site !== '' && site !== 'same-origin' && site !== 'none';
  const foreignOrigin = origin !== '' && hostOf(origin) !== ctx.get('Host');
  if (foreignSite || foreignOrigin) {
    throw new Problem(403, 'cross-site', 'a page of another site may not change anything here');
  }
}

/** How browsers say that they open an address before anybody asked them to: the standard's header, Chrome's of old, Safari's and Firefox's. */
const purposeHeaders = ['Sec-Purpose', 'Purpose', 'X-Purpose', 'X-Moz'];

/**
 * Refuses to change anything for a browser that opens an address ahead of the click, which may never come.
 *
 * @throws {Problem} 403; the browser then asks again once the address is really opened.
 */
export function refuseOpenedAhead(ctx: Context): void {
  if (purposeHeaders.every((name) => !/prefetch|prerender|preview/i.test(ctx.get(name)))) return;
  throw new Problem(
    403,
    'opened-ahead',
    'this changes something, so it is not done before somebody opens it',
  );
}

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : origin;
}
