import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { root } from './composeFile.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'dtdqm-scripts-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A script of the container, with the places that it names moved below our folder. */
function moved(script: string): string {
  const file = path.join(folder, path.basename(script));
  const text = readFileSync(path.join(root, 'deploy/docker', script), 'utf8');
  writeFileSync(
    file,
    text.replaceAll(/(?<![\w.])\/(opt\/dtdqm|run\/secrets|run\.sh|tmp)\b/g, `${folder}/$1`),
  );
  return file;
}

const read = (file: string) => readFileSync(path.join(folder, file), 'utf8');

describe('start of Grafana', () => {
  beforeEach(() => {
    for (const part of ['opt/dtdqm', 'run/secrets', 'tmp'])
      mkdirSync(path.join(folder, part), { recursive: true });
    cpSync(path.join(root, 'provisioning'), path.join(folder, 'opt/dtdqm/provisioning'), {
      recursive: true,
      filter: (file) => !/node_modules|\/src/.test(file),
    });
    for (const name of ['reader_password', 'api_token'])
      writeFileSync(path.join(folder, 'run/secrets', name), `the ${name}\n`);
    writeFileSync(
      path.join(folder, 'run.sh'),
      '#!/bin/sh\necho "started with $DTDQM_DB_PASSWORD and $DTDQM_API_TOKEN"\n',
      {
        mode: 0o755,
      },
    );
  });

  const start = (environment: Record<string, string>) =>
    spawnSync('sh', [moved('grafana-entrypoint.sh')], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        DTDQM_ALERT_EMAIL: '',
        DTDQM_ALERT_WEBHOOK: '',
        GF_SMTP_ENABLED: 'false',
        GF_PATHS_PROVISIONING: path.join(folder, 'tmp/provisioning'),
        ...environment,
      },
    });
  const health = () => spawnSync('sh', [moved('grafana-health.sh')], { encoding: 'utf8' });
  const chosen = () => /environment "(\w+)"/.exec(read('tmp/provisioning/alerting/notifications.yaml'))?.[1];

  test.each([
    ['nowhere', {}],
    ['email', { DTDQM_ALERT_EMAIL: 'dt@cern.example', GF_SMTP_ENABLED: 'true' }],
    ['webhook', { DTDQM_ALERT_WEBHOOK: 'http://127.0.0.1:9/' }],
  ])('lays out what sends to %s, rules and data sources', (name, more) => {
    const { stdout, status } = start({ DTDQM_NOTIFICATIONS: name, ...more });
    expect(status).toBe(0);
    expect(stdout).toContain('started with the reader_password and the api_token');
    expect(chosen()).toBe(name);
    for (const file of ['alerting/rules.yaml', 'alerting/templates.yaml', 'dashboards/provider.yaml'])
      expect(statSync(path.join(folder, 'tmp/provisioning', file)).size).toBeGreaterThan(100);
  });

  test.each([
    [{ DTDQM_NOTIFICATIONS: 'emial' }, 'DTDQM_NOTIFICATIONS: must be nowhere, email or webhook, is "emial"'],
    [{ DTDQM_NOTIFICATIONS: 'email', GF_SMTP_ENABLED: 'true' }, 'DTDQM_ALERT_EMAIL: must be set'],
    [
      { DTDQM_NOTIFICATIONS: 'email', DTDQM_ALERT_EMAIL: 'dt@cern.example' },
      'GRAFANA_SMTP_ENABLED: must be true',
    ],
    [{ DTDQM_NOTIFICATIONS: 'webhook' }, 'DTDQM_ALERT_WEBHOOK: must be set'],
  ])('of %j the displays come up all the same, and the container is not well', (environment, words) => {
    const { stdout, stderr } = start(environment);
    expect(stdout).toContain('started');
    expect(stderr).toContain(words);
    expect(chosen()).toBe('nowhere');
    expect(health()).toMatchObject({ status: 1, stdout: expect.stringContaining(words) as unknown });
    // Mended, it is well again.
    start({ DTDQM_NOTIFICATIONS: 'nowhere' });
    expect(health().stdout).not.toContain('DTDQM');
  });
});

test('secrets keep strangers out and let containers read, certificates that came later too', () => {
  const secrets = path.join(folder, 'secrets');
  const make = () => execFileSync('sh', [path.join(root, 'deploy/docker/make-secrets.sh'), secrets]);
  make();
  const token = read('secrets/api_token');
  writeFileSync(path.join(secrets, 'dqm/userkey.pem'), 'a key', { mode: 0o600 });
  make();
  expect(read('secrets/api_token')).toBe(token);
  const modeOf = (file: string) => (statSync(path.join(secrets, file)).mode & 0o777).toString(8);
  expect(['.', 'dqm', 'dqm/userkey.pem', 'api_token', 'database_url'].map(modeOf)).toEqual([
    '700',
    '755',
    '644',
    '444',
    '444',
  ]);
});

test('git takes neither secrets nor dumps nor archives of images', () => {
  const ignored = readFileSync(path.join(root, '.gitignore'), 'utf8').split('\n');
  expect(ignored).toEqual(expect.arrayContaining(['secrets/', '*.dump', '*.tar.gz', '.env']));
});
