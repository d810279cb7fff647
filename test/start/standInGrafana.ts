import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import pg from 'pg';

/**
 * Takes the place of Grafana where there is none: reads the same arguments, configuration and environment, answers on the same
 * port, and tries what Grafana would do with them: ask the API with its token, and read the database.
 */
const { argv, env } = process;
const ini = readFileSync(after('--config'), 'utf8');
const set = (key: string) => new RegExp(`^${key} = (.*)$`, 'm').exec(ini)?.[1] ?? '';

if (env['STAND_IN'] === 'ends') process.exit(1);
if (env['STAND_IN'] === 'deaf') process.on('SIGTERM', () => undefined);
else process.on('SIGTERM', () => process.exit(0));

// A test that fails kills the monitor, which then cannot end us.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 500).unref();

createServer((request, response) => {
  if (request.url === '/api/health') {
    response.end(JSON.stringify({ database: 'ok', version: '11.6.0' }));
    return;
  }
  void tried()
    .catch((error: unknown) => ({ error: String(error) }))
    .then((seen) => response.end(JSON.stringify(seen)));
}).listen(Number(set('http_port')), set('http_addr'));
writeFileSync(join(set('data'), 'pid'), `${process.pid}`);

async function tried() {
  const asked = await fetch(`${env['DTDQM_API_URL']}/api/v1/runs`, {
    headers: { Authorization: `Bearer ${env['DTDQM_API_TOKEN']}`, 'X-Dtdqm-Role': 'Viewer' },
  });
  const database = new pg.Client({
    host: env['DTDQM_REPORTING_HOST']?.split(':')[0] ?? '',
    port: Number(env['DTDQM_REPORTING_HOST']?.split(':')[1]),
    database: env['DTDQM_DB_NAME'] ?? '',
    user: env['DTDQM_DB_USER'] ?? '',
    password: env['DTDQM_DB_PASSWORD'] ?? '',
  });
  await database.connect();
  const { rows } = await database.query<{ runs: number }>('select count(*)::int as runs from reporting.runs');
  const refused = await database.query('select from public.run').catch((error: Error) => error.message);
  await database.end();
  return {
    home: after('--homepath'),
    api: asked.status,
    runs: rows[0]?.runs,
    tables: refused,
    fetchesPlugins: set('preinstall_disabled') !== 'true' || set('public_key_retrieval_disabled') !== 'true',
    figures: /\[metrics\]\nenabled = (\w+)/.exec(ini)?.[1],
    anonymous: /\[auth\.anonymous\]\nenabled = (\w+)/.exec(ini)?.[1],
    unsigned: set('allow_loading_unsigned_plugins'),
    plugin: JSON.parse(
      readFileSync(join(set('plugins'), 'dtdqm-occupancy-app', 'plugin.json'), 'utf8'),
    ) as unknown,
    dashboards: env['DTDQM_DASHBOARDS'],
    password: env['DATABASE_URL'] ?? env['API_TOKEN'] ?? null,
  };
}

function after(option: string): string {
  return argv[argv.indexOf(option) + 1] ?? '';
}
