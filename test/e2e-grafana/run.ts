import { spawn } from 'node:child_process';
import { findGrafana } from '../../worker/src/grafana/findGrafana.ts';

/** Browser tests over a real Grafana: GRAFANA_URL, or the one on PATH or in GRAFANA_HOME; without any it says that it skips. */
const { GRAFANA_URL, GRAFANA_PASSWORD } = process.env;
const say = (text: string) => process.stdout.write(`${text}\n`);

if (GRAFANA_URL !== undefined && GRAFANA_PASSWORD === undefined) {
  say('e2e:grafana: GRAFANA_URL is set; set GRAFANA_PASSWORD of its user admin (or of GRAFANA_USER) as well');
  process.exitCode = 1;
} else if (GRAFANA_URL === undefined && (await findGrafana(process.env)) === null) {
  say(
    'e2e:grafana: SKIPPED, nothing was tested: no Grafana on PATH. Set GRAFANA_HOME to an unpacked Grafana 11.6 or newer,',
  );
  say('or GRAFANA_URL and GRAFANA_PASSWORD to one that runs with this monitor behind it.');
} else {
  const args = ['vitest', 'run', '--config', 'test/e2e-grafana/vitest.config.ts', ...process.argv.slice(2)];
  const child = spawn('npx', args, { stdio: 'inherit' });
  child.on('exit', (code) => (process.exitCode = code ?? 1));
}
