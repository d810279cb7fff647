import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfig } from '@dtdqm/worker/config/index';
import { settings } from '@dtdqm/worker/config/settings';
import { commands } from '@dtdqm/worker/cli/program';
import { grafanaIni } from '@dtdqm/worker/grafana/installation';
import { composeVariables, readCompose, root, withDefaults, type Service } from './composeFile.ts';

const compose = readCompose();
const services = Object.entries(compose.services);
const secretsFolder = mkdtempSync(path.join(tmpdir(), 'dtdqm-secrets-'));
afterAll(() => rmSync(secretsFolder, { recursive: true }));

/** Runs once and ends: nobody asks for its health. */
const oneShots = ['migrate'];

describe.each(services)('service %s', (name, service) => {
  test('is pinned, and no root', () => {
    expect(service.image).toMatch(/:\d+\.\d+(\.\d+)?(-\w+)?$/);
    expect(service.user).not.toMatch(/^(root|0)\b/);
  });

  test('says how it is', () => {
    expect(service.healthcheck === undefined).toBe(oneShots.includes(name));
  });

  test('names files, secrets, networks, volumes and services that exist', async () => {
    for (const volume of service.volumes ?? []) {
      const source = withDefaults(volume).split(':')[0] ?? '';
      if (source === './secrets/dqm') continue;
      if (source.startsWith('.')) await access(path.join(root, source));
      else expect(compose.volumes).toHaveProperty(source);
    }
    for (const secret of service.secrets) expect(compose.secrets).toHaveProperty(secret);
    for (const network of service.networks) expect(compose.networks).toHaveProperty(network);
    for (const other of Object.keys(service.depends_on ?? {})) expect(compose.services).toHaveProperty(other);
  });

  test('waits for others in ways that they can satisfy', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition === 'service_healthy') expect(compose.services[other]?.healthcheck).toBeDefined();
      if (condition === 'service_completed_successfully') expect(oneShots).toContain(other);
    }
  });
});

const monitors = services.filter(([, { image }]) => image.startsWith('dtdqm-monitor:'));

test('each image is built by one service, and pulled by none of those that take it', () => {
  const ours = services.filter(([, { image }]) => image.startsWith('dtdqm-'));
  for (const image of new Set(ours.map(([, each]) => each.image))) {
    const users = ours.filter(([, each]) => each.image === image);
    expect(
      users.filter(([, { build }]) => build),
      image,
    ).toHaveLength(1);
    for (const [name, { build, pull_policy }] of users) {
      expect(pull_policy, name).toBe(build ? undefined : 'never');
    }
  }
});

test.each(monitors)('%s runs a command that exists', (_, { command = [] }) => {
  expect(Object.keys(commands)).toContain(command[0]);
});

test.each(monitors.filter(([, { environment }]) => environment !== undefined))(
  'the monitor takes the settings of %s as they are by default',
  (_, service) => {
    expect(() => readConfig(environmentOf(service))).not.toThrow();
  },
);

test('every setting of the monitor can be set, or is the image’s own affair', () => {
  const fixed = ['DTDQM_DATA_DIR', 'DTDQM_LOG_FORMAT'];
  const set = new Set(monitors.flatMap(([, { environment = {} }]) => Object.keys(environment)));
  // No image of the monitor holds a Grafana.
  const own = Object.values(settings).filter(({ group }) => group !== 'Grafana of this machine');
  for (const { name } of own) {
    const isSet = set.has(name) || set.has(`${name}_FILE`) || fixed.includes(name);
    expect(isSet, name).toBe(true);
  }
});

test('only Grafana can be reached from outside, on loopback unless told otherwise', () => {
  const open = services.filter(([, { ports }]) => ports !== undefined);
  expect(open.map(([name]) => name)).toEqual(['grafana']);
  expect(open[0]?.[1].ports?.map(withDefaults)).toEqual(['127.0.0.1:3000:3000']);
  expect(compose.services['postgres']?.networks).toEqual(['inside']);
  expect(compose.networks['inside']?.internal).toBe(true);
});

test('no secret stands in an environment', () => {
  for (const [, { environment = {} }] of services) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD|TOKEN|SECRET|DATABASE_URL/.test(name)) expect(value, name).toMatch(/^\/run\/secrets\//);
    }
  }
});

test('metrics of API and workers answer other containers, at a port that nobody publishes', () => {
  for (const name of ['api', 'worker']) {
    const { environment = {} } = compose.services[name]!;
    expect(environment['DTDQM_METRICS_HOST'], name).toBe('0.0.0.0');
    expect(environment['DTDQM_METRICS_PORT'], name).toBe(9464);
  }
});

test('Grafana shows its own figures to nobody: it would to everybody, without a login', () => {
  expect(compose.services['grafana']!.environment?.['GF_METRICS_ENABLED']).toBe('false');
  const unit = readFileSync(new URL('../../deploy/systemd/grafana.conf', import.meta.url), 'utf8');
  expect(unit).toMatch(/^Environment=GF_METRICS_ENABLED=false$/m);
});

test('Grafana lets in and sends out as little as the one of dtdqm start --grafana', () => {
  const { environment = {} } = compose.services['grafana']!;
  const ini = grafanaIni({
    host: 'localhost',
    port: 3000,
    folder: '/tmp',
    adminPassword: '',
    secretKey: '',
    homeDashboard: '',
    plugins: String(environment['GF_PLUGINS_ALLOW_LOADING_UNSIGNED_PLUGINS']).split(','),
  });
  const sections = [...ini.matchAll(/^\[(.+)\]\n((?:.+\n)*)/gm)];
  const guarded =
    'security users auth.anonymous plugins dataproxy feature_toggles analytics news metrics snapshots';
  for (const [, section = '', body = ''] of sections.filter(([, name = '']) =>
    guarded.split(' ').includes(name),
  ))
    for (const line of body.trim().split('\n')) {
      const [key = '', value] = line.split(' = ');
      // The user is Grafana's default; password and key are secrets, in files.
      if (/^(admin_user|admin_password|secret_key)$/.test(key)) continue;
      const name = `GF_${section.replace('.', '_')}_${key}`.toUpperCase();
      expect(String(environment[name]), name).toBe(value);
    }
});

test('Grafana takes the sender of mails for one: its domain has a dot', () => {
  expect(composeVariables().get('GRAFANA_SMTP_FROM')).toMatch(/^[\w.]+@[\w-]+(\.[\w-]+)+$/);
});

test('no variable chooses a file of this machine: the engine would make a folder of a misspelt one', () => {
  for (const [name, { volumes = [] }] of services) expect(volumes.join(), name).not.toContain('$');
});

test('the demo brings a simulator, and nothing else depends on it', () => {
  const demo = services.filter(([, { profiles }]) => profiles?.includes('demo')).map(([name]) => name);
  expect(demo).toEqual(['simulator']);
  expect(composeVariables().get('DQM_URL')).toBe('http://simulator:8081/dqm/online');
});

/** What a container would see; secrets are files elsewhere. */
function environmentOf({ environment = {} }: Service): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => {
    const text = withDefaults(value);
    if (!text.startsWith('/run/secrets/')) return [name, text] as const;
    const file = path.join(secretsFolder, path.basename(text));
    writeFileSync(
      file,
      name.startsWith('DATABASE') ? 'postgres://u:p@postgres:5432/dtdqm' : 'a-token-of-many-letters',
    );
    return [name, file] as const;
  });
  return Object.fromEntries(entries);
}
