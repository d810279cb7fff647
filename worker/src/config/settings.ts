import type { z } from 'zod';
import { fileURLToPath } from 'node:url';
import { aggregatorNames, notificationNames, strategyNames } from '@dtdqm/contract';
import { backendChoices } from '@dtdqm/detector';
import * as rule from './rules.ts';
import { usualHistogram } from '../dqm/histogramPath.ts';

/** One environment variable: the only place where its name, rule, default and meaning are written down. */
export interface Setting<Value> {
  name: string;
  group: SettingGroup;
  /** From the text of the variable to its value; never sees an absent or empty variable. */
  schema: z.ZodType<Value, string>;
  /** Value of an absent variable; undefined when there is none. */
  fallback: Value;
  /** One sentence for people. */
  about: string;
  /** How the absent value reads in the documentation, where the value itself says too little. */
  fallbackText?: string;
  /** Never printed, and may be given as a file instead: `<name>_FILE`. */
  secret?: boolean;
}

export type SettingGroup =
  'Storage' | 'API' | 'DQM server' | 'Runs' | 'Scoring' | 'Labelling' | 'Grafana of this machine' | 'Log';

type SettingFields<Value> = Omit<Setting<Value>, 'name' | 'group' | 'fallback' | 'schema'>;

/** Makes the settings of one group; absent variables without `fallback` are undefined. */
export function settingsOf(group: SettingGroup) {
  return {
    optional<Value>(
      name: string,
      schema: z.ZodType<Value, string>,
      fields: SettingFields<Value | undefined>,
    ): Setting<Value | undefined> {
      return { name, group, schema, fallback: undefined, ...fields };
    },
    withDefault<Value>(
      name: string,
      schema: z.ZodType<Value, string>,
      fallback: Value,
      fields: SettingFields<Value>,
    ): Setting<Value> {
      return { name, group, schema, fallback, ...fields };
    },
  };
}

/** `.data` beside the monitor's package.json, so that it is the same wherever the monitor is started from. */
const defaultDataDirectory = fileURLToPath(new URL('../../../.data', import.meta.url));

/** What the judge makes of layers that count too much. */
const hotLayerRules = ['listed', 'bad'] as const;

const storage = settingsOf('Storage');
const api = settingsOf('API');
const dqm = settingsOf('DQM server');
const runs = settingsOf('Runs');
const scoring = settingsOf('Scoring');
const labelling = settingsOf('Labelling');
const grafana = settingsOf('Grafana of this machine');
const log = settingsOf('Log');

/** Every environment variable that the monitor reads. */
export const settings = {
  databaseUrl: storage.optional('DATABASE_URL', rule.postgresUrl, {
    about:
      'PostgreSQL 14 or newer to use: postgres://user:password@host:port/name, with ?sslmode= require, verify-ca or verify-full for TLS.',
    fallbackText: 'embedded PostgreSQL in the data directory',
    secret: true,
  }),
  reportingUrl: storage.optional('DTDQM_REPORTING_URL', rule.postgresUrl, {
    about:
      'Replica of DATABASE_URL that the dashboards of dtdqm start --grafana read; metrics and dtdqm doctor tell how far it is behind.',
    fallbackText: 'dashboards read DATABASE_URL',
    secret: true,
  }),
  dataDirectory: storage.withDefault('DTDQM_DATA_DIR', rule.path, defaultDataDirectory, {
    about: 'Folder of the embedded database.',
    fallbackText: '.data',
  }),
  databaseConnections: storage.withDefault('DTDQM_DATABASE_CONNECTIONS', rule.wholeNumber(2, 200), 10, {
    about: 'Greatest number of connections that one process opens to the database.',
  }),

  apiHost: api.withDefault('API_HOST', rule.hostAddress, '127.0.0.1', {
    about: 'Address to listen on; anything but loopback needs API_TOKEN.',
  }),
  apiPort: api.withDefault('API_PORT', rule.wholeNumber(0, 65_535), 8080, {
    about: 'Port to listen on; 0 takes a free one.',
  }),
  apiToken: api.optional('API_TOKEN', rule.token, {
    about: 'Bearer token that clients must show. Without it the API answers this machine only.',
    secret: true,
  }),
  apiRequestsPerMinute: api.withDefault('API_REQUESTS_PER_MINUTE', rule.wholeNumber(1, 1_000_000), 6000, {
    about: 'Requests that one user, or one address without user, may send in a minute.',
  }),
  grafanaUrl: api.optional('DTDQM_GRAFANA_URL', rule.serverUrl, {
    about: 'Root address of Grafana: its signed identities (X-Grafana-Id) are then checked and required.',
    fallbackText: 'identity headers beside the right token are trusted',
  }),
  grafanaIssuer: api.optional('DTDQM_GRAFANA_ISSUER', rule.url('http', 'https'), {
    about: 'Issuer that signed identities must name.',
    fallbackText: 'DTDQM_GRAFANA_URL',
  }),
  grafanaAudience: api.withDefault('DTDQM_GRAFANA_AUDIENCE', rule.text(100), 'org:1', {
    about: 'Audience that signed identities must name: the organisation in Grafana.',
  }),

  dqmUrl: dqm.optional('DQM_URL', rule.serverUrl, {
    about: 'Where the DQM server begins, e.g. https://cmsweb.cern.ch/dqm/online.',
    fallbackText: 'a simulated detector in the same process',
  }),
  dqmDialect: dqm.withDefault('DQM_DIALECT', rule.oneOf(['auto', 'classic', 'new']), 'auto', {
    about: 'Which API the DQM server speaks; auto asks it once.',
  }),
  dqmDataset: dqm.withDefault('DQM_DATASET', rule.text(200), 'Global/Online/ALL', {
    about: 'Dataset whose runs are pulled.',
  }),
  dqmHistogram: dqm.withDefault('DQM_HISTOGRAM', rule.histogramTemplate, usualHistogram, {
    about: "Path of a chamber's histogram below the dataset, with {wheel}, {station} and {sector}.",
  }),
  dqmCert: dqm.optional('DQM_CERT', rule.path, {
    about:
      'Client certificate to show: PEM, where the key may stand in the same file, or PKCS#12 (.p12), where it does.',
  }),
  dqmKey: dqm.optional('DQM_KEY', rule.path, { about: 'Key of the client certificate, PEM.' }),
  dqmPassphraseFile: dqm.optional('DQM_PASSPHRASE_FILE', rule.path, {
    about: 'File whose first line is the passphrase of the key, or of the PKCS#12 file.',
  }),
  dqmCa: dqm.optional('DQM_CA', rule.path, {
    about: 'Certificates of authorities to trust, PEM.',
    fallbackText: "the system's",
  }),
  dqmConcurrency: dqm.withDefault('DQM_CONCURRENCY', rule.wholeNumber(1, 256), 16, {
    about: 'Requests under way at the same time.',
  }),
  dqmRequestsPerSecond: dqm.withDefault('DQM_REQUESTS_PER_SECOND', rule.wholeNumber(1, 10_000), 200, {
    about: 'Requests that may start in a second in the long run.',
  }),
  dqmTimeoutSeconds: dqm.withDefault('DQM_TIMEOUT_SECONDS', rule.wholeNumber(1, 600), 20, {
    about: 'Longest that one request may take, s.',
  }),

  firstRun: runs.optional('DTDQM_RUN_FIRST', rule.wholeNumber(1, 2_147_483_647), {
    about: 'Oldest run to pull.',
    fallbackText: 'no bound',
  }),
  lastRun: runs.optional('DTDQM_RUN_LAST', rule.wholeNumber(1, 2_147_483_647), {
    about: 'Newest run to pull.',
    fallbackText: 'no bound',
  }),
  schedule: runs.withDefault('DTDQM_SCHEDULE', rule.cron, '* * * * *', {
    about: 'When to look for new runs: a cron expression in UTC.',
  }),
  sliceDays: runs.withDefault('DTDQM_SLICE_DAYS', rule.wholeNumber(1, 36_500), 90, {
    about: 'How long slices of runs are kept, days; those during changes stay.',
  }),

  scoringBackend: scoring.withDefault('DTDQM_SCORING_BACKEND', rule.oneOf(backendChoices), 'auto', {
    about: 'What computes the scores; auto takes the fastest that loads.',
  }),
  scoringThreads: scoring.withDefault('DTDQM_SCORING_THREADS', rule.wholeNumber(1, 64), 1, {
    about: 'Threads that score, about 100 MB each; more than there are processors is of no use.',
  }),
  hotLayers: scoring.withDefault('DTDQM_HOT_LAYERS', rule.oneOf(hotLayerRules), 'listed', {
    about:
      'What layers are that count too much, as a whole or in a region: `listed` as faults, and incidents from three times the hits expected on, or `bad` for it.',
  }),
  modelDirectory: scoring.optional('DTDQM_MODEL_DIR', rule.path, {
    about: 'Model folder to score with.',
    fallbackText: 'the one that models/default.json names',
  }),

  strategy: labelling.optional('DTDQM_QUEUE_STRATEGY', rule.oneOf(strategyNames), {
    about: 'How the next chamber to label is chosen.',
    fallbackText: "the queue's own choice",
  }),
  aggregator: labelling.optional('DTDQM_QUEUE_AGGREGATOR', rule.oneOf(aggregatorNames), {
    about: 'How the urgency of layers becomes that of their chamber.',
    fallbackText: "the queue's own choice",
  }),
  auditShare: labelling.withDefault('DTDQM_AUDIT_SHARE', rule.decimal(0, 1), 0.1, {
    about:
      'Share of draws made at random, and of chambers set aside for them, which no model learns from: they tell the share of bad layers and the error of the model in use.',
  }),
  retrainSchedule: labelling.withDefault('DTDQM_RETRAIN_SCHEDULE', rule.cronOrNever, 'never', {
    about: 'When to train and judge a new model: a cron expression in UTC, or never.',
  }),

  grafanaHome: grafana.optional('GRAFANA_HOME', rule.path, {
    about: 'Folder of an unpacked Grafana, 11.6 or newer, for dtdqm start --grafana.',
    fallbackText: 'the grafana or grafana-server on PATH',
  }),
  grafanaPort: grafana.withDefault('DTDQM_GRAFANA_PORT', rule.wholeNumber(0, 65_535), 3000, {
    about: 'Port that it listens on, of this machine only; 0 takes a free one.',
  }),
  notifications: grafana.withDefault('DTDQM_NOTIFICATIONS', rule.oneOf(notificationNames), 'nowhere', {
    about: 'Where alerts are sent: nowhere, email or webhook.',
  }),
  alertEmail: grafana.optional('DTDQM_ALERT_EMAIL', rule.text(1000), {
    about: 'Addresses for email, separated by semicolons; the mail server is set by GF_SMTP_… of Grafana.',
  }),
  alertWebhook: grafana.optional('DTDQM_ALERT_WEBHOOK', rule.url('http', 'https'), {
    about: "Address for webhook, which gets Grafana's JSON.",
  }),

  logLevel: log.withDefault(
    'LOG_LEVEL',
    rule.oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace']),
    'info',
    { about: 'Least important lines to log; debug also shows stack traces.' },
  ),
  logFormat: log.withDefault('DTDQM_LOG_FORMAT', rule.oneOf(['auto', 'json', 'text']), 'auto', {
    about: 'Form of the log; auto is text on a terminal and JSON lines elsewhere.',
  }),

  metricsPort: log.optional('DTDQM_METRICS_PORT', rule.wholeNumber(0, 65_535), {
    about:
      'Port on which worker or API serves /metrics for Prometheus; at its own port the API shows it to admins alone.',
    fallbackText: 'not served',
  }),
  metricsHost: log.withDefault('DTDQM_METRICS_HOST', rule.hostAddress, '127.0.0.1', {
    about: 'Address that goes with DTDQM_METRICS_PORT; whoever reaches it can read the figures.',
  }),
};

export type Settings = {
  [Key in keyof typeof settings]: (typeof settings)[Key]['fallback'];
};
