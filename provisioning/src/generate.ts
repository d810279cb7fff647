import { chamber } from './dashboards/chamber.ts';
import { inside } from './dashboards/inside.ts';
import { labelling } from './dashboards/labelling.ts';
import { model } from './dashboards/model.ts';
import { operations } from './dashboards/operations.ts';
import { overview } from './dashboards/overview.ts';
import { report } from './dashboards/report.ts';
import { runs } from './dashboards/runs.ts';
import type { Dashboard } from './model/dashboard.ts';
import { appId, dashboardUids, notificationNames, type DashboardName } from '@dtdqm/contract';
import { dataSource, folder, primary, processesUid } from './vocabulary.ts';
import { stringify } from 'yaml';
import { muteTimings, notificationsFile, templates } from './alerting/notifications.ts';
import { ruleJson } from './alerting/rule.ts';
import { ruleGroups } from './alerting/rules.ts';
import { processes } from './dashboards/processes.ts';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const dashboards: Record<DashboardName, Dashboard> = {
  overview,
  report,
  chamber,
  inside,
  labelling,
  runs,
  model,
  operations,
};

/** Every file below provisioning/ that is made from this code, by its path there. The same code gives the same text. */
export function provisioningFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, uid] of Object.entries(dashboardUids)) {
    files.set(`dashboards/${uid}.json`, `${JSON.stringify(dashboards[name as DashboardName], null, 2)}\n`);
  }
  files.set(`dashboards/${processesUid}.json`, `${JSON.stringify(processes, null, 2)}\n`);
  files.set('dashboards/provider.yaml', yaml('Where Grafana finds the dashboards.', dashboardProvider));
  files.set('datasources/dtdqm.yaml', yaml(dataSourceNote, dataSources));
  files.set(
    'plugins/dtdqm.yaml',
    yaml('The app: its API address and the token that Grafana shows for the user.', apps),
  );
  const groups = ruleGroups.map(({ name, interval, rules }) => ({
    orgId: 1,
    name,
    folder,
    interval,
    rules: rules.map(ruleJson),
  }));
  files.set(
    'alerting/rules.yaml',
    yaml('Alert rules; thresholds stand in provisioning/src/vocabulary.ts.', { apiVersion: 1, groups }),
  );
  files.set('alerting/templates.yaml', yaml('Texts of messages.', { apiVersion: 1, templates }));
  files.set(
    'alerting/mute-timings.yaml',
    yaml('Times (UTC) in which messages are held back.', { apiVersion: 1, muteTimes: muteTimings }),
  );
  for (const environment of notificationNames) {
    const text = yaml(`Messages of the environment "${environment}".`, notificationsFile(environment));
    files.set(`notifications/${environment}.yaml`, text);
  }
  return files;
}

function yaml(note: string, content: unknown): string {
  const head = [
    'Made by "npm run provisioning" from provisioning/src: change it there.',
    ...note.split('\n'),
  ];
  return `${head.map((line) => `# ${line}`).join('\n')}\n${stringify(content, { lineWidth: 0, aliasDuplicateObjects: false })}`;
}

const dashboardProvider = {
  apiVersion: 1,
  providers: [
    {
      name: 'DT occupancy monitor',
      orgId: 1,
      folder,
      type: 'file',
      disableDeletion: false,
      allowUiUpdates: false,
      updateIntervalSeconds: 60,
      options: { path: '$DTDQM_DASHBOARDS' },
    },
  ],
};

const dataSourceNote =
  'Read the reporting views as a role that can read nothing else: rules the database itself, dashboards a replica where there is one. Grafana fills in the variables.';

const postgres = (name: string, { uid, type }: typeof primary | typeof dataSource, server: string) => ({
  name,
  uid,
  type,
  access: 'proxy',
  orgId: 1,
  isDefault: false,
  editable: false,
  url: `$${server}_HOST`,
  user: '$DTDQM_DB_USER',
  secureJsonData: { password: '$DTDQM_DB_PASSWORD' },
  jsonData: {
    database: '$DTDQM_DB_NAME',
    sslmode: `$${server}_SSLMODE`,
    postgresVersion: 1400,
    timescaledb: false,
    maxOpenConns: 10,
    maxIdleConns: 2,
    maxIdleConnsAuto: false,
    connMaxLifetime: 14400,
  },
});

const dataSources = {
  apiVersion: 1,
  datasources: [
    postgres('DT occupancy', primary, 'DTDQM_DB'),
    postgres('DT occupancy, dashboards', dataSource, 'DTDQM_REPORTING'),
  ],
};

const apps = {
  apiVersion: 1,
  apps: [
    {
      type: appId,
      org_id: 1,
      disabled: false,
      jsonData: { apiUrl: '$DTDQM_API_URL' },
      secureJsonData: { apiToken: '$DTDQM_API_TOKEN' },
    },
  ],
};

/** Writes the files of provisioning/ anew; a test fails while they differ from what this code makes. */
async function writeProvisioning(): Promise<void> {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [file, text] of provisioningFiles()) {
    const target = path.join(root, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeProvisioning();
