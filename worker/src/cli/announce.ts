import { setTimeout as delay } from 'node:timers/promises';
import { chamberLabel } from '@dtdqm/contract';
import type { Logger } from 'pino';
import { findInterestingChamber } from '../api/chambers/overview.ts';
import type { Monitor } from '../main.ts';
import { finishedRuns } from '../storage/runs.ts';

/** Says where to look, once there is something to see: the list of runs, and a chamber that is worth it. */
export async function announceAddresses(
  { api, worker, database }: Monitor,
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
  const link =
    chamber === null
      ? undefined
      : `${api.url}/eval/${run}/${chamber.wheel}/${chamber.sector}/${chamber.station}/`;
  if (!process.stdout.isTTY) {
    log.info(
      { event: 'ready', runs: `${api.url}/`, ...(link === undefined ? {} : { chamber: link }) },
      'ready',
    );
    return;
  }
  const lines = [
    '',
    `  Runs       ${api.url}/`,
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

/** Waits until one run can be looked at: the first is there within seconds. */
async function firstRun(database: Monitor['database']): Promise<number | undefined> {
  for (let waited = 0; waited < 60_000; waited += 250) {
    const [newest] = await finishedRuns(database, { limit: 1 }).catch(() => []);
    if (newest !== undefined) return newest;
    await delay(250, undefined, { ref: false });
  }
  return undefined;
}
