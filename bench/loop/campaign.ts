import { once } from 'node:events';
import { pino } from 'pino';
import type { ChamberOfRun, StrategyName } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { defaultModelFolder, type Scorer } from '@dtdqm/detector';
import { refreshPriorities } from '@dtdqm/worker/learning/queue/refresh';
import { changeOrder } from '@dtdqm/worker/storage/queue/order';
import { reorderQueue } from '@dtdqm/worker/learning/queue/refresh';
import { retrain } from '@dtdqm/worker/learning/retrain/retrain';
import type { Database } from '@dtdqm/worker/storage/database';
import { openStorage } from '@dtdqm/worker/storage/storage';
import { startServer } from '../harness.ts';
import { createLoopExpert } from './expert.ts';
import { followModel, followerOf, judgeHeldOut, storeRuns, type Judged } from './site.ts';
import type { World, WorldChamber } from './world.ts';

const token = 'loop-bench';
/** So many answers come between two refreshes of a worker, which works priorities out anew every minute. */
const refreshEvery = 10;

/** A world whose runs are stored and judged by the shipped model, to be copied for each campaign. */
export interface StoredWorld {
  world: World;
  name: string;
  folder: string;
  truth: Map<string, WorldChamber['truth']>;
  /** By the shipped model, layers 1..12. */
  verdicts: Map<string, string[]>;
}

export interface Server {
  /** Of which databases are made. */
  admin: Database;
  url: string;
}

export const keyOf = ({
  run,
  wheel,
  station,
  sector,
}: {
  run: number;
  wheel: number;
  station: number;
  sector: number;
}) => [run, wheel, station, sector].join('/');

export function databaseUrl({ url }: Server, name: string): string {
  const own = new URL(url);
  own.pathname = `/${name}`;
  return own.href;
}

export const openWorld = (server: Server, name: string) =>
  openStorage({
    databaseUrl: databaseUrl(server, name),
    dataDirectory: '',
    log: pino({ level: 'silent' }),
    connections: 4,
    statementTimeoutMs: 600_000,
  });

export async function storeWorld(
  server: Server,
  scorer: Scorer,
  world: World,
  name: string,
): Promise<StoredWorld> {
  const folder = await defaultModelFolder();
  await scorer.replaceModel(folder);
  await server.admin.query(`create database ${name}`);
  const storage = await openWorld(server, name);
  try {
    const truth = new Map<string, WorldChamber['truth']>();
    await storeRuns(storage.database, scorer, folder, world, (run, chambers) =>
      chambers.forEach((each) => truth.set(keyOf({ run, ...each.chamber }), each.truth)),
    );
    const { rows } = await storage.database.query<ChamberOfRun & { verdicts: string[] }>(
      'select run, wheel, station, sector, verdicts::text[] from chamber_score',
    );
    await storage.database.query('vacuum analyze');
    return {
      world,
      name,
      folder,
      truth,
      verdicts: new Map(rows.map((row) => [keyOf(row), row.verdicts])),
    };
  } finally {
    await storage.close();
  }
}

export const dropWorld = ({ admin }: Server, { name }: StoredWorld) =>
  admin.query(`drop database ${name} with (force)`);

/** A chamber that was offered, and how the shipped model is wrong about it. */
export interface Offer {
  audit: boolean;
  bad: boolean;
  missed: boolean;
  falseAlarm: boolean;
}

export interface Step {
  labels: number;
  promoted: boolean;
  /** Why, or why not. */
  reasons: string[];
  seconds: number;
  judged: Judged;
  /** Error of the model in use as the audit draws tell it. */
  told: Awaited<ReturnType<ReturnType<typeof createLoopExpert>['progress']>>['error'];
}

export interface Campaign {
  strategy: StrategyName;
  slips: number;
  offers: Offer[];
  steps: Step[];
}

/** One expert who labels what a strategy offers, through the API, while the product retrains at each checkpoint, judges, promotes and re-evaluates. */
export async function runCampaign(
  server: Server,
  scorer: Scorer,
  stored: StoredWorld,
  {
    strategy,
    slips = 0,
    checkpoints,
    labels,
    seed,
  }: { strategy: StrategyName; slips?: number; checkpoints: readonly number[]; labels: number; seed: string },
): Promise<Campaign> {
  const { world, folder, truth, verdicts } = stored;
  const copy = `copy_${stored.name}`;
  await server.admin.query(`create database ${copy} template ${stored.name}`);
  await scorer.replaceModel(folder);
  const storage = await openWorld(server, copy);
  const { database } = storage;
  const follower = followerOf(database, scorer, folder);
  const api = await startServer('api/serverProcess.ts', databaseUrl(server, copy), token);
  const random = randomOf(seed, 'expert', strategy, slips);
  const expert = createLoopExpert({ url: api.url, token }, strategy, { slips, random });
  const offers: Offer[] = [];
  const steps: Step[] = [];
  try {
    // As a worker does whose configuration names the strategy.
    if (await changeOrder(database, strategy)) await reorderQueue(database);
    if (checkpoints.includes(0)) steps.push(await look(0, { promoted: false, reasons: [], seconds: 0 }));
    while (offers.length < labels) {
      for (const lease of await expert.next(1)) {
        const said = truth.get(keyOf(lease))!;
        offers.push(offerOf(said, verdicts.get(keyOf(lease))!, lease.reason.audit));
        await expert.label(lease, said);
      }
      if (offers.length % refreshEvery === 0) await refreshPriorities(database);
      if (checkpoints.includes(offers.length)) steps.push(await learn());
    }
    return { strategy, slips, offers, steps };
  } finally {
    const ended = once(api.process, 'exit');
    api.process.disconnect();
    await ended;
    await follower.close();
    await storage.close();
    await server.admin.query(`drop database ${copy} with (force)`);
  }

  async function learn(): Promise<Step> {
    const started = performance.now();
    const report = await retrain({ database, actor: 'schedule', modelDirectory: folder });
    const seconds = (performance.now() - started) / 1000;
    await followModel(database, scorer, follower);
    return look(offers.length, {
      promoted: report?.promoted ?? false,
      reasons: report?.decision.reasons ?? ['nothing is labelled'],
      seconds,
    });
  }

  async function look(count: number, done: Pick<Step, 'promoted' | 'reasons' | 'seconds'>): Promise<Step> {
    const judged = await judgeHeldOut(database, scorer, world);
    return { labels: count, ...done, judged, told: (await expert.progress()).error };
  }
}

function offerOf(truth: WorldChamber['truth'], verdicts: readonly string[], audit: boolean): Offer {
  const layers = truth.flatMap((kind, row) =>
    kind === undefined ? [] : { bad: kind !== null, flagged: verdicts[row] === 'bad' },
  );
  return {
    audit,
    bad: layers.some(({ bad }) => bad),
    missed: layers.some(({ bad, flagged }) => bad && !flagged),
    falseAlarm: layers.some(({ bad, flagged }) => !bad && flagged),
  };
}
