export { GrafanaError } from './error.ts';
export { grafanaSettings } from './grafanaSettings.ts';
export { findGrafana, type GrafanaProgram } from './findGrafana.ts';
export { grafanaApiToken, startGrafana, type GrafanaOptions, type RunningGrafana } from './startGrafana.ts';
