/** Names that dashboards, alert rules and provisioning files share; links and saved settings depend on them: never change one. */
export const dataSource = { type: 'postgres', uid: 'dtdqm-postgres' } as const;
export const appId = 'dtdqm-occupancy-app';
export const panelIds = {
  chamber: 'dtdqm-chamber-panel',
  barrel: 'dtdqm-barrel-panel',
  incidents: 'dtdqm-incidents-panel',
} as const;

/** Folder of the dashboards and of the alert rules. */
export const folder = 'DT occupancy';
export const tag = 'dt-occupancy';

export const dashboardUids = {
  overview: 'dtdqm-overview',
  report: 'dtdqm-report',
  chamber: 'dtdqm-chamber',
  labelling: 'dtdqm-labelling',
  runs: 'dtdqm-runs',
  model: 'dtdqm-model',
  operations: 'dtdqm-operations',
} as const;
export type DashboardName = keyof typeof dashboardUids;

/** Of the dashboard over Prometheus, which reads nothing of ours: any Prometheus that Grafana knows is chosen in it. */
export const processesUid = 'dtdqm-processes';
export const prometheus = { type: 'prometheus', uid: '${prometheus}' } as const;
