import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ProxyRoute {
  path: string;
  method?: string;
  reqRole?: string;
  url: string;
  headers?: { name: string; content: string }[];
}

interface GrafanaUser {
  login: string;
  role: 'Viewer' | 'Editor' | 'Admin';
}

export interface GrafanaProxy {
  url: string;
  /** Who is logged in. */
  user: GrafanaUser;
  /** What reached the API, e.g. `GET /api/v1/runs`. */
  passed: string[];
  close(): Promise<void>;
}

/** Settings of the app, as its configuration page stores them. */
export interface AppSettings {
  jsonData: Record<string, string>;
  secureJsonData: Record<string, string>;
}

const roles = ['Viewer', 'Editor', 'Admin'];

/**
 * Stands in for the plugin proxy of Grafana's server, which npm does not offer: written after pkg/api/pluginproxy/pluginproxy.go,
 * pkg/web/tree.go and pkg/util/url.go of 9.4. The first route whose method and path pattern fit decides; `*` takes the rest of the
 * path, which is then joined to the route's address. What has no such route is 404, whoever asks.
 */
export async function openGrafanaProxy(
  appId: string,
  routes: readonly ProxyRoute[],
  settings: AppSettings,
): Promise<GrafanaProxy> {
  const server = createServer((incoming, outgoing) => serve(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const proxy: GrafanaProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    user: { login: 'ana', role: 'Admin' },
    passed: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  function serve(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const refuse = (status: number, message: string) => {
      outgoing.writeHead(status, { 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify({ message }));
    };
    const { pathname, search } = new URL(incoming.url ?? '/', proxy.url);
    const start = `/api/plugin-proxy/${appId}/`;
    if (!pathname.startsWith(start)) return refuse(404, 'Plugin not found, no installed plugin with that id');
    for (const route of routes) {
      if (route.method && route.method !== '*' && route.method !== incoming.method) continue;
      const rest = restOf(route.path, pathname.slice(start.length));
      if (rest === null) continue;
      if (route.reqRole && roles.indexOf(proxy.user.role) < roles.indexOf(route.reqRole)) {
        return refuse(403, 'plugin proxy route access denied');
      }
      const target = new URL(joined(filledIn(route.url, settings), rest) + search);
      const { cookie: _cookie, host: _host, ...headers } = incoming.headers;
      headers['x-grafana-user'] = proxy.user.login;
      for (const { name, content } of route.headers ?? []) {
        headers[name.toLowerCase()] = filledIn(content, settings);
      }
      proxy.passed.push(`${incoming.method} ${target.pathname}`);
      const asked = request(target, { method: incoming.method ?? 'GET', headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      asked.on('error', () => refuse(502, ''));
      incoming.pipe(asked);
      return undefined;
    }
    return refuse(404, 'plugin route match not found');
  }
  return proxy;
}

/** What `*` at the end of a pattern stands for in this path, '' without one; null when the pattern does not fit. */
export function restOf(pattern: string, path: string): string | null {
  const [wanted, found] = [pattern.replace(/\/$/, '').split('/'), path.replace(/^\/|\/$/g, '').split('/')];
  const isOpen = wanted.at(-1) === '*';
  const fixed = isOpen ? wanted.slice(0, -1) : wanted;
  if (fixed.some((segment, at) => segment !== decodeURIComponent(found[at] ?? ''))) return null;
  const rest = found.slice(fixed.length);
  if (!isOpen) return rest.length === 0 ? '' : null;
  return rest.length === 0 ? null : decodeURIComponent(rest.join('/'));
}

function joined(address: string, rest: string): string {
  if (rest === '') return address;
  return `${address.replace(/\/$/, '')}/${rest.replace(/^\//, '')}`;
}

/** Fills in what Grafana's templates of plugin.json may name. */
function filledIn(template: string, { jsonData, secureJsonData }: AppSettings): string {
  return template.replace(/\{\{\s*\.(JsonData|SecureJsonData)\.(\w+)\s*\}\}/g, (_, where, name: string) => {
    return (where === 'JsonData' ? jsonData : secureJsonData)[name] ?? '';
  });
}
