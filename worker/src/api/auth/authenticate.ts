import type { Context } from 'koa';
import { requireSameMachine } from '../http/sameMachine.ts';
import { Problem } from '../problem.ts';
import type { Caller, Role } from './caller.ts';
import { createGrafanaIdentity, type GrafanaOptions } from './grafanaIdentity.ts';
import { secretMatcher } from './secret.ts';

export interface AuthOptions {
  token: string | undefined;
  grafana: GrafanaOptions | undefined;
}

/** Finds out who asks. @throws {Problem} 401, 403 or 503 when that cannot be told. */
export type Authenticate = (ctx: Context) => Promise<Caller>;

/** Grafana's words for its roles, as the plugin's routes state them. */
const roleNames: Record<string, Role> = { Viewer: 'viewer', Editor: 'editor', Admin: 'admin' };
const harmlessName = /^[^\p{Cc}]{1,200}$/u;

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
      throw new Problem(401, 'not-authenticated', 'send the right token as Authorization: Bearer', {
        headers: { 'WWW-Authenticate': 'Bearer' },
      });
    }
    const role = roleOf(ctx);
    if (identify !== undefined)
      return { name: await identify(ctx.get('X-Grafana-Id')), role, via: 'grafana' };
    return { name: nameOf(ctx), role, via: 'token' };
  };
}

/** A request that states no role may only look: a proxy that forgets the header must not make admins. */
function roleOf(ctx: Context): Role {
  const stated = ctx.get('X-Dtdqm-Role');
  if (stated === '') return 'viewer';
  const role = Object.hasOwn(roleNames, stated) ? roleNames[stated] : undefined;
  if (role === undefined) {
    throw new Problem(401, 'not-authenticated', 'X-Dtdqm-Role must be one of Viewer, Editor, Admin');
  }
  return role;
}

function nameOf(ctx: Context): string {
  const name = ctx.get('X-Grafana-User').trim();
  if (name === '') return 'token';
  if (!harmlessName.test(name)) {
    throw new Problem(401, 'not-authenticated', 'X-Grafana-User must be 1 to 200 printable characters');
  }
  return name;
}
