import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { grafanaIni, type GrafanaSettings } from './configuration.ts';
import { GrafanaError } from './error.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const appId = 'dtdqm-occupancy-app';
const panelIds = ['dtdqm-chamber-panel', 'dtdqm-barrel-panel'];

/** Parts of provisioning/ that Grafana reads; the source of its files stays where it is. */
const parts = ['dashboards', 'datasources', 'plugins', 'alerting'];

export interface LayOutOptions extends Omit<GrafanaSettings, 'plugins' | 'homeDashboard'> {
  /** Where messages go: a file of provisioning/notifications without .yaml. */
  notifications: string;
}

/**
 * Writes everything that Grafana reads into its folder, anew at each start: an upgrade of the monitor brings new dashboards.
 *
 * @returns the configuration file.
 * @throws {GrafanaError} when the plugin has not been built.
 */
export async function layOut({ notifications, ...settings }: LayOutOptions): Promise<string> {
  const { folder } = settings;
  await mkdir(path.join(folder, 'data'), { recursive: true, mode: 0o700 });
  await copyPlugin(folder);
  const provisioning = path.join(folder, 'provisioning');
  await rm(provisioning, { recursive: true, force: true });
  for (const part of parts)
    await cp(path.join(project, 'provisioning', part), path.join(provisioning, part), { recursive: true });
  // Grafana warns about kinds of provisioning that have no folder.
  for (const part of ['notifiers', 'access-control'])
    await mkdir(path.join(provisioning, part), { recursive: true });
  await copyNotifications(notifications, provisioning);
  const ini = path.join(folder, 'grafana.ini');
  const home = path.join(provisioning, 'dashboards', 'dtdqm-overview.json');
  const text = grafanaIni({ ...settings, homeDashboard: home, plugins: [appId, ...panelIds] });
  await writeFile(ini, text, { mode: 0o600 });
  return ini;
}

async function copyPlugin(folder: string): Promise<void> {
  const built = path.join(project, 'plugin', 'dist');
  const isThere = await stat(path.join(built, 'plugin.json')).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new GrafanaError('the Grafana plugin has not been built; run: npm run build -w @dtdqm/plugin');
  const plugins = path.join(folder, 'plugins');
  await rm(plugins, { recursive: true, force: true });
  await cp(built, path.join(plugins, appId), { recursive: true });
}

async function copyNotifications(name: string, provisioning: string): Promise<void> {
  const folder = path.join(project, 'provisioning', 'notifications');
  const names = (await readdir(folder)).map((file) => file.replace(/\.yaml$/, ''));
  if (!names.includes(name)) {
    throw new GrafanaError(`there are no notifications "${name}"; choose one of ${names.join(', ')}`);
  }
  await cp(path.join(folder, `${name}.yaml`), path.join(provisioning, 'alerting', 'notifications.yaml'));
}
