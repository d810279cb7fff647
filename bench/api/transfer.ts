import { monitorEventLoopDelay } from 'node:perf_hooks';
import { allChambers, layersOf } from '@dtdqm/contract';
import { chance, randomOf } from '@dtdqm/contract/random';
import { measureAgreement } from '@dtdqm/worker/learning/agreement/measureAgreement';
import { sharedOpinions } from '@dtdqm/worker/storage/labels/read';
import { exportLabels, importLabels, type ExportFormat } from '@dtdqm/worker/storage/labels/transfer';
import { machine, openBenchStorage, sideBySide, tableOf, write } from '../harness.ts';

/**
 * Import and export of many labels: `npx tsx bench/api/transfer.ts [labels]`. Prints Markdown: time by the clock and of this
 * process's processor, the greatest growth of its resident memory meanwhile, and how long nothing else ran in it at most; then both beside the shortest
 * way to do it.
 */
const labels = Number(process.argv[2] ?? 100_000);
const storage = await openBenchStorage();
const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(0);

// Two experts over the same 10,000 chambers, before there is anything else.
for (const by of ['expert', 'second'] as const)
  await importLabels(storage.database, eventLines(10_000, 9, by), { format: 'jsonl', expert: 'bench' });
const agreement = async () => measureAgreement(await sharedOpinions(storage.database)).layers;
write(
  tableOf(
    'agreement of experts, 20,000 labels',
    await sideBySide([{ what: 'the latest 2,000 chambers that two have judged', work: agreement }], 9),
  ),
);
write(
  `| what | lines | seconds | lines/s | of processor | memory grew by, MB | others waited at most |\n| --- | --: | --: | --: | --: | --: | --: |`,
);
await measure('import, original form, a line a layer', () =>
  importLabels(storage.database, originalLines(labels), { format: 'original', expert: 'bench' }).then(
    ({ taken }) => taken,
  ),
);
await measure('import, events as JSON lines', () =>
  importLabels(storage.database, eventLines(labels), { format: 'jsonl', expert: 'bench' }).then(
    ({ taken }) => taken,
  ),
);
await measure('the same once more: all there', () =>
  importLabels(storage.database, eventLines(labels), { format: 'jsonl', expert: 'bench' }).then(
    ({ alreadyThere }) => alreadyThere,
  ),
);
await measure('export, JSON lines', () => exportAll('jsonl'));
await measure('export, table for people', () => exportAll('csv'));
await measure('export, original form', () => exportAll('original'));
write('');
write(
  tableOf(
    'export of all',
    await sideBySide(
      [
        { what: 'ours: by a cursor, 500 lines at a time', work: () => exportAll('jsonl') },
        { what: 'one query, all rows in memory, one text', work: () => exportAtOnce() },
      ],
      3,
    ),
  ),
);
const slice = 2000;
let part = 0;
write(
  tableOf(
    `import of ${slice} events`,
    await sideBySide(
      [
        {
          what: 'ours: checked, in batches, each event once',
          work: () =>
            importLabels(storage.database, eventLines(slice, ++part), { format: 'jsonl', expert: 'bench' }),
        },
        { what: 'a statement for each event, nothing checked', work: () => insertEach(slice, ++part) },
      ],
      3,
    ),
  ),
);
write(machine());
await storage.close();

async function exportAll(format: ExportFormat): Promise<number> {
  let lines = 0;
  for await (const text of exportLabels(storage.database, format)) {
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', end + 1)) lines += 1;
  }
  return lines;
}

async function exportAtOnce(): Promise<number> {
  const { rows } = await storage.database.query<object>('select * from label_event order by id');
  return rows.map((row) => JSON.stringify(row)).join('\n').length;
}

/** As a program would that knows its input to be right. */
async function insertEach(count: number, part: number): Promise<void> {
  for await (const line of eventLines(count, part)) {
    const event = JSON.parse(line) as Record<string, unknown>;
    await storage.database.query(
      `insert into label_event (at, expert, kind, run, wheel, station, sector, version, verdicts, note, idempotency_key, request_hash, seconds)
       values ($1, $2, 'label', $3, $4, $5, $6, $7, $8, $9, $10, '', 2)`,
      ['at', 'by', 'run', 'wheel', 'station', 'sector', 'version', 'verdicts', 'note', 'idempotencyKey'].map(
        (field) => event[field],
      ),
    );
  }
}

async function measure(what: string, work: () => Promise<number>): Promise<void> {
  const before = process.memoryUsage().rss;
  let greatest = before;
  const timer = setInterval(() => (greatest = Math.max(greatest, process.memoryUsage().rss)), 20);
  const waits = monitorEventLoopDelay({ resolution: 1 });
  waits.enable();
  const worked = process.cpuUsage();
  const started = performance.now();
  const lines = await work();
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(worked);
  waits.disable();
  clearInterval(timer);
  const cells = [
    what,
    lines,
    seconds.toFixed(1),
    (lines / seconds).toFixed(0),
    `${((user + system) / 1e6).toFixed(1)} s`,
    megabytes(greatest - before),
    `${(waits.max / 1e6).toFixed(0)} ms`,
  ];
  write(`| ${cells.join(' | ')} |`);
}

async function* originalLines(count: number) {
  await Promise.resolve();
  yield 'wheel,station,sector,run,layer,good\n';
  let lines = 0;
  for (let run = 1; ; run += 1) {
    for (const { wheel, station, sector } of allChambers) {
      for (const layer of layersOf(station)) {
        if (lines === count) return;
        lines += 1;
        yield `${wheel},${station},${sector},${run},${layer},${lines % 50 === 0 ? 0 : 1}\n`;
      }
    }
  }
}

/**
 * @param part other parts are of other runs.
 * @param by the second expert judges what the first has.
 */
async function* eventLines(count: number, part = 0, by: 'expert' | 'second' = 'expert') {
  await Promise.resolve();
  const random = randomOf(by, part);
  for (let index = 0; index < count; index += 1) {
    const { wheel, station, sector } = allChambers[index % 250] ?? { wheel: 0, station: 1, sector: 1 };
    const layers = layersOf(station);
    const verdicts = Array.from({ length: 12 }, (_, row) =>
      layers.includes(row + 1) ? (chance(random, 0.05) ? 'bad' : 'good') : null,
    );
    const event = {
      ...{
        id: String(index),
        kind: 'label',
        at: '2026-05-04T03:02:01.000Z',
        by,
        run: 1001 + 100_000 * part + Math.floor(index / 250),
      },
      ...{
        wheel,
        station,
        sector,
        version: by === 'expert' ? 1 : 2,
        verdicts,
        marks: [],
        note: 'as usual',
        blind: false,
      },
      ...{
        seen: { model: null, scores: null },
        queueReason: null,
        seconds: 2,
        source: 'panel',
        undoes: null,
        undoneBy: null,
      },
      ...{ idempotencyKey: `bench-${part}-${by}-${index}`, requestHash: '' },
    };
    yield `${JSON.stringify(event)}\n`;
  }
}
