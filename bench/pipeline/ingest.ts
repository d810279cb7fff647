import { request } from 'node:http';
import { allChambers, noScore, type Matrix } from '@dtdqm/contract';
import { createDqmClient } from '@dtdqm/worker/dqm/client';
import { histogramPath, usualHistogram } from '@dtdqm/worker/dqm/histogramPath';
import { classicDialect } from '@dtdqm/worker/dqm/dialects';
import type { OccupancySource } from '@dtdqm/worker/dqm/source';
import { newLife } from '@dtdqm/worker/pipeline/runLife';
import { registerModel } from '@dtdqm/worker/storage/models';
import { saveRunResult, type ChamberResult } from '@dtdqm/worker/storage/results';
import { machine, openBenchStorage, sideBySide, startServer, tableOf, type Way } from '../harness.ts';

/**
 * Fetching and storing one run beside the way of the original tool, a request and a row after the other:
 * `npx tsx bench/pipeline/ingest.ts [rounds]`. Prints Markdown. Nothing is scored: scores have a bench of their own.
 */
const rounds = Number(process.argv[2] ?? 5);
const model = 'bench@1';
const near = await serverAt(0);
const far = await serverAt(20);
const storage = await openBenchStorage();
const { database } = storage;
await registerModel(database, { name: model, hash: 'none' });
await database.query(
  `create table original_way (run integer, wheel smallint, station smallint, sector smallint, layer smallint, content json, score real)`,
);
const [listed] = (await near.polite.listRuns({ dataset: 'Global/Online/ALL' })).runs;
if (listed === undefined) throw new Error('the simulator has no run');
const fromNear = await sideBySide(waysToFetch(near), rounds);
const fromFar = await sideBySide(waysToFetch(far), rounds);
const matrices = await fetchBy(near.hasty);
const chambers = allChambers.map((chamber, index): ChamberResult => {
  const matrix = matrices[index]!;
  return { ...chamber, state: 'present', matrix, verdict: verdictOf(matrix) };
});
let run = 0;
const stored = await sideBySide(
  [
    { what: 'ours: one statement a table, with saliency', work: () => storeOurs(++run) },
    { what: 'a statement for each chamber and its scores, one transaction', work: () => storeEach(++run) },
    {
      what: "a statement for each layer, each by itself: the original's way",
      work: () => storeLayers(++run),
    },
  ],
  rounds,
);
const rate = {
  'chambers/s': (median: number) => String(Math.round((1000 * allChambers.length) / median)),
};
process.stdout.write(
  [
    `One run of ${allChambers.length} chambers over loopback, ${rounds} rounds. ${machine()}`,
    '',
    tableOf('fetch and parse', fromNear, rate),
    tableOf('the same from a server that answers after 20 ms', fromFar, rate),
    tableOf('store', stored, rate),
  ].join('\n'),
);
for (const { polite, hasty, process: server } of [near, far]) {
  await Promise.all([polite.close(), hasty.close()]);
  server.disconnect();
}
await storage.close();

async function serverAt(ms: number) {
  const server = await startServer('pipeline/farServer.ts', String(ms));
  const { url } = server;
  return {
    ...server,
    polite: createDqmClient({ url, dialect: 'classic' }),
    hasty: createDqmClient({ url, dialect: 'classic', requestsPerSecond: 100_000 }),
  };
}

function waysToFetch({ url, polite, hasty }: typeof near): Way[] {
  return [
    { what: 'ours, at the pace of 200 a second that we allow ourselves', work: () => fetchBy(polite) },
    { what: 'ours, without that pace', work: () => fetchBy(hasty) },
    { what: "one after the other, a connection each: the original's way", work: () => fetchInTurn(url) },
  ];
}

function fetchBy(client: OccupancySource): Promise<Matrix[]> {
  return Promise.all(allChambers.map((chamber) => client.fetchChamber(listed!, chamber)));
}

async function fetchInTurn(url: string): Promise<unknown[]> {
  const contents = [];
  for (const chamber of allChambers) {
    const text = await get(
      url + classicDialect.histogram(listed!, histogramPath(usualHistogram, chamber), 0),
    );
    contents.push((JSON.parse(text) as { hist: { bins: { content: number[][] } } }).hist.bins.content);
  }
  return contents;
}

function get(address: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(address, { agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    })
      .on('error', reject)
      .end();
  });
}

function verdictOf(matrix: Matrix): Extract<ChamberResult, { state: 'present' }>['verdict'] {
  const built = matrix.map((row) => row.some((hits) => hits >= 0));
  return {
    scores: built.map((wired) => (wired ? 0.01 : noScore)),
    verdicts: built.map((wired) => (wired ? 'good' : null)),
    faults: [],
    saliency: matrix.map((row) => row.map((hits, x) => (hits < 0 ? -1 : Math.sin(x)))),
  };
}

function resultOf(number: number, of: readonly ChamberResult[]) {
  return {
    ...{ run: number, dataset: 'Global/Online/ALL', model },
    ...{ life: newLife(Date.now()), error: null, chambers: of },
  };
}

function storeOurs(number: number): Promise<boolean> {
  return saveRunResult(database, resultOf(number, chambers));
}

async function storeEach(number: number): Promise<void> {
  await storeNothing(number);
  const client = await database.connect();
  await client.query('begin');
  for (const { chamber, matrix, verdict } of present()) {
    const key = [number, chamber.wheel, chamber.station, chamber.sector];
    await client.query(
      `insert into chamber (run, wheel, station, sector, state, width, total_hits, hits) values ($1, $2, $3, $4, 'present', $5, 0, $6)`,
      [...key, matrix[0]!.length, matrix.flat()],
    );
    await client.query(
      `insert into chamber_score (run, wheel, station, sector, model, scores, verdicts, faults, saliency_scale, saliency)
       values ($1, $2, $3, $4, $5, $6, $7, '[]', 1, $8)`,
      [
        ...key,
        model,
        verdict.scores,
        verdict.verdicts,
        verdict.saliency.flat().map((value) => Math.round(1000 * value)),
      ],
    );
  }
  await client.query('commit');
  client.release();
}

async function storeLayers(number: number): Promise<void> {
  for (const { chamber, matrix, verdict } of present()) {
    for (const [y, row] of matrix.entries()) {
      if ((verdict.scores[y] ?? noScore) === noScore) continue;
      await database.query('insert into original_way values ($1, $2, $3, $4, $5, $6, $7)', [
        ...[number, chamber.wheel, chamber.station, chamber.sector, y + 1],
        ...[JSON.stringify(row), verdict.scores[y]],
      ]);
    }
  }
}

/** The row that chambers belong to. */
async function storeNothing(number: number): Promise<void> {
  await saveRunResult(database, resultOf(number, []));
}

function present() {
  return chambers.flatMap((chamber) => {
    if (chamber.state !== 'present') return [];
    const { matrix, verdict, ...place } = chamber;
    return [{ chamber: place, matrix, verdict }];
  });
}
