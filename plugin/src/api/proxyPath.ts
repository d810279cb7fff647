export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export const appId = 'dtdqm-occupancy-app';

/**
 * Where Grafana takes requests to the monitor. The first part below the app's id chooses the route in plugin.json, and with it the
 * role that Grafana demands: looking, labelling, or administration; the rest is the path at the monitor.
 */
export function proxyPath(method: Method, path: string): string {
  return `/api/plugin-proxy/${appId}/${routeFor(method, path)}${path}`;
}

function routeFor(method: Method, path: string): 'viewer' | 'editor' | 'admin' {
  if (method === 'GET') return 'viewer';
  return /^\/api\/v1\/(labels|queue|incidents)(\/|$)/.test(path) ? 'editor' : 'admin';
}
