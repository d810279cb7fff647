export { GrafanaError } from './error.ts';
export { findGrafana, type GrafanaProgram } from './findGrafana.ts';
export { prepareGrafana, type PreparedGrafana } from './prepareGrafana.ts';
