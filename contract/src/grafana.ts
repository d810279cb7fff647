import type { Role } from './api.ts';

/** Names that Grafana knows the monitor by: links, saved settings and stored dashboards depend on them, so never change one. */
export const appId = 'dtdqm-occupancy-app';

/** The lowest that the plugin's manifests promise, and its types are checked against. */
export const lowestGrafana = '11.6.0';

export const panelIds = {
  chamber: 'dtdqm-chamber-panel',
  barrel: 'dtdqm-barrel-panel',
  incidents: 'dtdqm-incidents-panel',
  strip: 'dtdqm-strip-panel',
} as const;

export const dashboardUids = {
  overview: 'dtdqm-overview',
  report: 'dtdqm-report',
  chamber: 'dtdqm-chamber',
  inside: 'dtdqm-inside',
  labelling: 'dtdqm-labelling',
  runs: 'dtdqm-runs',
  model: 'dtdqm-model',
  operations: 'dtdqm-operations',
} as const;
export type DashboardName = keyof typeof dashboardUids;

/** Where alerts may be sent: each has a file in provisioning/notifications. */
export const notificationNames = ['nowhere', 'email', 'webhook'] as const;
export type NotificationName = (typeof notificationNames)[number];

/** A role as Grafana writes it, and the app's routes in plugin.json state it: `Viewer`, `Editor`, `Admin`. */
export const grafanaRole = (role: Role) => `${role.charAt(0).toUpperCase()}${role.slice(1)}`;
