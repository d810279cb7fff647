import { appId, dashboardUids, panelIds, type NotificationName } from '@dtdqm/contract';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { makeFolder } from '@dtdqm/detector/files';
import pg from 'pg';
import { GrafanaError } from './findGrafana.ts';

export interface GrafanaSettings {
  host: string;
  port: number;
  /** Holds plugins, provisioning, Grafana's own database and its log. */
  folder: string;
  adminPassword: string;
  secretKey: string;
  homeDashboard: string;
  plugins: readonly string[];
}

/** grafana.ini: nothing anonymous, nothing sent out, our unsigned plugin allowed. */
export function grafanaIni(settings: GrafanaSettings): string {
  const { host, port, folder, adminPassword, secretKey, homeDashboard, plugins } = settings;
  return sections({
    paths: {
      data: `${folder}/data`,
      logs: `${folder}/log`,
      plugins: `${folder}/plugins`,
      provisioning: `${folder}/provisioning`,
    },
    server: { http_addr: host, http_port: port, root_url: `http://${host}:${port}/` },
    security: {
      admin_user: 'admin',
      admin_password: quoted(adminPassword),
      secret_key: quoted(secretKey),
      disable_gravatar: true,
      cookie_samesite: 'strict',
    },
    users: { allow_sign_up: false, default_theme: 'dark' },
    'auth.anonymous': { enabled: false },
    // Panels of an unsigned app are plugins of their own.
    plugins: {
      allow_loading_unsigned_plugins: plugins.join(','),
      plugin_admin_enabled: false,
      // From 11 on it fetches plugins of its maker's, and keys to check their signatures, at each start.
      preinstall_disabled: true,
      public_key_retrieval_disabled: true,
    },
    // Labels are stored under the name of who is logged in.
    dataproxy: { send_user_header: true },
    // From 10.4 on the name comes signed as well; earlier versions do not know this and carry on.
    feature_toggles: { enable: 'idForwarding' },
    dashboards: { default_home_dashboard_path: homeDashboard, min_refresh_interval: '5s' },
    unified_alerting: { enabled: true },
    alerting: { enabled: false },
    analytics: { reporting_enabled: false, check_for_updates: false, check_for_plugin_updates: false },
    news: { news_feed_enabled: false },
    // Grafana shows its own figures to everybody, without a login.
    metrics: { enabled: false },
    snapshots: { external_enabled: false },
    log: { mode: 'file', level: 'info' },
  });
}

function sections(content: Record<string, Record<string, string | number | boolean>>): string {
  return Object.entries(content)
    .map(([name, entries]) =>
      [`[${name}]`, ...Object.entries(entries).map(([key, value]) => `${key} = ${value}`), ''].join('\n'),
    )
    .join('\n');
}

/** Triple quotes keep # and ; in a value. */
function quoted(value: string): string {
  return `"""${value}"""`;
}

const project = fileURLToPath(new URL('../../../', import.meta.url));

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
  await makeFolder(path.join(folder, 'data'), 0o700);
  const pluginsFolder = path.join(folder, 'plugins');
  await rm(pluginsFolder, { recursive: true, force: true });
  await cp(plugin, path.join(pluginsFolder, appId), { recursive: true });
  const provisioning = path.join(folder, 'provisioning');
  await rm(provisioning, { recursive: true, force: true });
  for (const part of parts)
    await cp(path.join(project, 'provisioning', part), path.join(provisioning, part), { recursive: true });
  // Grafana warns about kinds of provisioning that have no folder.
  for (const part of ['notifiers', 'access-control']) await makeFolder(path.join(provisioning, part));
  await cp(
    path.join(project, 'provisioning', 'notifications', `${notifications}.yaml`),
    path.join(provisioning, 'alerting', 'notifications.yaml'),
  );
  const ini = path.join(folder, 'grafana.ini');
  const home = path.join(provisioning, 'dashboards', `${dashboardUids.overview}.json`);
  const text = grafanaIni({ ...settings, homeDashboard: home, plugins: [appId, ...Object.values(panelIds)] });
  await writeFile(ini, text, { mode: 0o600 });
  return ini;
}

export interface GrafanaSecrets {
  /** Of the user admin, made at the first start; changed in Grafana afterwards. */
  adminPassword: string;
  /** Of the database role that reads the reporting views. */
  readerPassword: string;
  /** That Grafana's proxy shows to the API. */
  apiToken: string;
  /** With which Grafana encrypts what it stores. */
  secretKey: string;
}

const names: Record<keyof GrafanaSecrets, string> = {
  adminPassword: 'admin-password',
  readerPassword: 'reader-password',
  apiToken: 'api-token',
  secretKey: 'secret-key',
};

/** The secrets of the Grafana in this data directory, made when they are missing; only the owner can read the files. */
export async function grafanaSecrets(dataDirectory: string): Promise<GrafanaSecrets> {
  const folder = path.join(dataDirectory, 'grafana', 'secrets');
  await makeFolder(folder, 0o700);
  const entries = Object.entries(names).map(async ([key, name]) => [
    key,
    await readOrMake(path.join(folder, name)),
  ]);
  return Object.fromEntries(await Promise.all(entries)) as unknown as GrafanaSecrets;
}

async function readOrMake(file: string): Promise<string> {
  try {
    // Fails when the file is there, so that two starts at once agree on one secret.
    await writeFile(file, `${randomBytes(24).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

export const readerRole = 'dtdqm_grafana';

/**
 * Makes the role with which Grafana reads the reporting views, or gives it this password. It is a member of dtdqm_reader,
 * which the migrations make, and can read nothing else.
 *
 * @param url of a database user that may make roles; the embedded one may.
 * @throws {GrafanaError} when that user may not.
 */
export async function ensureReader(url: string, password: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'dtdqm grafana' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [readerRole]);
    const secret = client.escapeLiteral(password);
    const verb = rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${readerRole} login password ${secret} connection limit 20`);
    await client.query(`grant dtdqm_reader to ${readerRole}`);
    await client.query(`alter role ${readerRole} set default_transaction_read_only = on`);
    await client.query(`alter role ${readerRole} set statement_timeout = '30s'`);
    await client.query('select grant_reporting()');
  } catch (error) {
    throw new GrafanaError(
      `the database role ${readerRole} cannot be made: ${(error as Error).message}. Make it as docs/operations/database.md says`,
      { cause: error },
    );
  } finally {
    await client.end();
  }
}
