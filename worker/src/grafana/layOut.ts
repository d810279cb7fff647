import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { grafanaIni, type GrafanaSettings } from './configuration.ts';
import type { NotificationName } from './notifications.ts';

const project = fileURLToPath(new URL('../../../', import.meta.url));
const appId = 'dtdqm-occupancy-app';
const panelIds = ['dtdqm-chamber-panel', 'dtdqm-barrel-panel', 'dtdqm-incidents-panel'];

/** Parts of provisioning/ that Grafana reads; the source of its files stays where it is. */
const parts = ['dashboards', 'datasources', 'plugins', 'alerting'];

export interface LayOutOptions extends Omit<GrafanaSettings, 'plugins' | 'homeDashboard'> {
  notifications: NotificationName;
  /** Folder of the built plugin. */
  plugin: string;
}

/**
 * Writes everything that Grafana reads into its folder, anew at each start: an upgrade of the monitor brings new dashboards.
 *
 * @returns the configuration file.
 */
export async function layOut({ notifications, plugin, ...settings }: LayOutOptions): Promise<string> {
  const { folder } = settings;
  await mkdir(path.join(folder, 'data'), { recursive: true, mode: 0o700 });
  const pluginsFolder = path.join(folder, 'plugins');
  await rm(pluginsFolder, { recursive: true, force: true });
  await cp(plugin, path.join(pluginsFolder, appId), { recursive: true });
  const provisioning = path.join(folder, 'provisioning');
  await rm(provisioning, { recursive: true, force: true });
  for (const part of parts)
    await cp(path.join(project, 'provisioning', part), path.join(provisioning, part), { recursive: true });
  // Grafana warns about kinds of provisioning that have no folder.
  for (const part of ['notifiers', 'access-control'])
    await mkdir(path.join(provisioning, part), { recursive: true });
  await cp(
    path.join(project, 'provisioning', 'notifications', `${notifications}.yaml`),
    path.join(provisioning, 'alerting', 'notifications.yaml'),
  );
  const ini = path.join(folder, 'grafana.ini');
  const home = path.join(provisioning, 'dashboards', 'dtdqm-overview.json');
  const text = grafanaIni({ ...settings, homeDashboard: home, plugins: [appId, ...panelIds] });
  await writeFile(ini, text, { mode: 0o600 });
  return ini;
}
