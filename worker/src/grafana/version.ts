import type { Logger } from 'pino';

const oldest = { major: 9, minor: 4 };

/** Says so when panels and dashboards will not work in this Grafana. */
export function warnIfOld(version: string, log: Pick<Logger, 'warn'>): void {
  const [major = NaN, minor = 0] = version.split('.').map(Number);
  if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
    log.warn(`Grafana ${version} is older than ${oldest.major}.${oldest.minor}: panels will not load`);
  }
}
