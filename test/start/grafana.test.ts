import { once } from 'node:events';
import { createServer } from 'node:http';
import { access, chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sharedPlugin } from '../e2e/sharedBuilds.ts';
import { dataDirectory, dtdqm, type Started } from './dtdqm.ts';

// Whole processes start here, and webpack runs, which takes long where the machine is busy with other tests.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let folder: string;
let remove: () => Promise<void>;
let env: Record<string, string>;
const all: Started[] = [];

beforeAll(async () => {
  await sharedPlugin();
  [folder, remove] = await dataDirectory();
  const home = join(folder, 'home');
  await mkdir(join(home, 'bin'), { recursive: true });
  await mkdir(join(home, 'conf'));
  await writeFile(join(home, 'conf', 'defaults.ini'), '');
  const program = fileURLToPath(new URL('standInGrafana.ts', import.meta.url));
  const script = `#!/bin/sh\n[ "$1" = server ] && shift\nexec "${process.execPath}" --import tsx "${program}" "$@"\n`;
  await writeFile(join(home, 'bin', 'grafana'), script);
  await chmod(join(home, 'bin', 'grafana'), 0o755);
  env = { DTDQM_DATA_DIR: join(folder, 'data'), GRAFANA_HOME: home, DTDQM_GRAFANA_PORT: '0' };
});
afterAll(async () => {
  for (const { process } of all) process.kill('SIGKILL');
  await Promise.all(all.map(({ ended }) => ended));
  await remove();
});

function start(changes: Record<string, string> = {}): Started {
  const started = dtdqm(['start', '--runs', '1', '--no-live', '--grafana'], { env: { ...env, ...changes } });
  all.push(started);
  return started;
}

async function hasEnded(pidFile: string): Promise<boolean> {
  const pid = await readFile(pidFile, 'utf8');
  return access(`/proc/${pid}`).then(
    () => false,
    () => true,
  );
}

describe('dtdqm start --grafana', () => {
  it('says in one line what to do where there is no Grafana, and makes nothing', async () => {
    const { ended, output } = start({ GRAFANA_HOME: '', PATH: folder });
    expect(await ended).toBe(1);
    expect(output()).toBe(
      'dtdqm: no Grafana found on PATH; install one (11.6 or newer), or unpack an archive and name its folder in GRAFANA_HOME\n',
    );
    await expect(stat(join(folder, 'data'))).rejects.toThrow();
  });

  it('does not start one that would send no mail where alerts go out by mail', async () => {
    const { ended, output } = start({ DTDQM_NOTIFICATIONS: 'email', DTDQM_ALERT_EMAIL: 'dt@cern.example' });
    expect(await ended).toBe(1);
    expect(output()).toBe('dtdqm: GF_SMTP_ENABLED: must be true where DTDQM_NOTIFICATIONS is email\n');
  });

  it('names a port that is taken, and the fix', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { ended, output } = start({ DTDQM_GRAFANA_PORT: String(port) });
    expect(await ended).toBe(1);
    expect(output()).toMatch(
      new RegExp(`^dtdqm: port ${port} on 127.0.0.1 for Grafana is in use.*set DTDQM_GRAFANA_PORT.*\n$`),
    );
    other.close();
  });

  it('starts it with token, reader and plugin wired, and stops it with the rest', async () => {
    const started = start();
    const ready = await started.line('ready');
    const grafana = String(ready['grafana']);
    expect(String(ready['runs'])).toBe(`${grafana}/`);
    expect(String(ready['chamber'])).toMatch(/\/d\/dtdqm-chamber\?var-run=\d+&var-wheel=/);
    const seen = (await (await fetch(grafana)).json()) as Record<string, unknown>;
    expect(seen).toMatchObject({
      home: env['GRAFANA_HOME'],
      api: 200,
      runs: 1,
      tables: 'permission denied for table run',
      fetchesPlugins: false,
      figures: 'false',
      anonymous: 'false',
      plugin: { id: 'dtdqm-occupancy-app' },
      password: null,
    });
    expect(String(seen['unsigned'])).toMatch(/^dtdqm-occupancy-app,/);
    await access(join(String(seen['dashboards']), 'dtdqm-overview.json'));
    // Behind Grafana nobody is the local admin.
    const { url } = await started.line('the API listens');
    expect((await fetch(`${String(url)}/api/v1/runs`)).status).toBe(401);

    const secret = await stat(join(env['DTDQM_DATA_DIR'] ?? '', 'grafana', 'secrets', 'admin-password'));
    expect(secret.mode & 0o077).toBe(0);
    started.process.kill('SIGTERM');
    expect(await started.ended).toBe(0);
    await expect(fetch(grafana)).rejects.toThrow();
  });

  it('leaves none behind that does not hear SIGTERM', async () => {
    const started = start({ STAND_IN: 'deaf' });
    await started.line('Grafana answers');
    started.process.kill('SIGTERM');
    await started.ended;
    expect(await hasEnded(join(env['DTDQM_DATA_DIR'] ?? '', 'grafana', 'data', 'pid'))).toBe(true);
  });

  it('ends in one line that names the log when Grafana does', async () => {
    const started = start({ STAND_IN: 'ends' });
    expect(await started.ended).toBe(1);
    expect(started.output()).toMatch(
      /dtdqm: Grafana has ended before it answered; \/.*grafana\.log says why\n$/,
    );
  });
});
