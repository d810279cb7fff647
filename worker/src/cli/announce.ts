import { setTimeout as delay } from 'node:timers/promises';
import { chamberLabel, type ChamberId } from '@dtdqm/contract';
import type { Logger } from 'pino';
import { findInterestingChamber } from '../api/chambers/overview.ts';
import type { Monitor } from '../main.ts';
import { finishedRuns } from '../storage/runs.ts';

/** Says where to look, once there is something to see: the list of runs, and a chamber that is worth it. */
export async function announceAddresses(
  { api, grafana, worker, database }: Monitor,
  say: (text: string) => void,
  log: Logger,
): Promise<void> {
  if (api === undefined) return;
  log.info({ url: api.url }, 'the API listens');
  const run =
    worker === undefined
      ? (await finishedRuns(database, { limit: 1 }).catch(() => []))[0]
      : await firstRun(database);
  // A database that is away now costs a link, not the service.
  const chamber = run === undefined ? null : await findInterestingChamber(database, run).catch(() => null);
  // Where Grafana stands in front, the API itself answers nobody without the token.
  const runs = `${(grafana ?? api).url}/`;
  const link = chamber === null ? undefined : linkTo(chamber, run ?? 0, api.url, grafana?.url);
  if (!process.stdout.isTTY) {
    const addresses = { runs, ...(link === undefined ? {} : { chamber: link }) };
    log.info(
      { event: 'ready', ...addresses, ...(grafana === undefined ? {} : { grafana: grafana.url }) },
      'ready',
    );
    return;
  }
  const lines = [
    '',
    `  ${grafana === undefined ? 'Runs   ' : 'Grafana'}    ${runs}`,
    ...(grafana === undefined ? [] : [`             user admin, password in ${grafana.adminPasswordFile}`]),
    ...(chamber === null || link === undefined
      ? []
      : [`  A chamber  ${link}   run ${run}, ${chamberLabel(chamber)}`]),
    `  API        ${api.url}/docs`,
    '',
    '  Ctrl-C stops everything; what is stored stays.',
    '',
  ];
  say(lines.join('\n'));
}

function linkTo(
  { wheel, station, sector }: ChamberId,
  run: number,
  api: string,
  grafana: string | undefined,
): string {
  if (grafana === undefined) return `${api}/eval/${run}/${wheel}/${sector}/${station}/`;
  const place = `var-run=${run}&var-wheel=${wheel}&var-station=${station}&var-sector=${sector}`;
  return `${grafana}/d/dtdqm-chamber?${place}`;
}

/** Waits until one run can be looked at: the first is there within seconds. */
async function firstRun(database: Monitor['database']): Promise<number | undefined> {
  for (let waited = 0; waited < 60_000; waited += 250) {
    const [newest] = await finishedRuns(database, { limit: 1 }).catch(() => []);
    if (newest !== undefined) return newest;
    await delay(250, undefined, { ref: false });
  }
  return undefined;
}
