import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { createScorer } from '@dtdqm/detector';
import { write } from '../harness.ts';
import { liveThrough } from './oneWeek.ts';
import { week } from './plan.ts';
import { enough } from './compare.ts';
import { detailsOf, figuresOf, pictureOf, summaryOf, type Figures } from './tell.ts';

/**
 * Simulated weeks through the real pipeline: `npx tsx bench/incidents/week.ts [--picture FILE] [--json FILE] [--data DIR] SEED...`.
 * Prints how the ledger compares with the truth. With --data the scored runs are kept there, and used by the next call. The
 * picture is of the first week.
 */
const { values: options, positionals: seeds } = parseArgs({
  options: { picture: { type: 'string' }, json: { type: 'string' }, data: { type: 'string' } },
  allowPositionals: true,
});
if (seeds.length === 0) throw new Error('name a seed for each week');
const log = pino({ level: 'warn' }, process.stderr);
const kept = options.data ?? (await mkdtemp(path.join(tmpdir(), 'dtdqm-week-')));
const scorer = await createScorer();
const weeks: Figures[] = [];
for (const [index, seed] of seeds.entries()) {
  const result = await liveThrough(seed, scorer, path.join(kept, seed), log);
  const figures = figuresOf(result);
  const summary = summaryOf(figures, scorer.model);
  write([...detailsOf(result), summary, ''].join('\n'));
  weeks.push(figures);
  if (index === 0 && options.picture !== undefined) {
    await writeFile(options.picture, pictureOf(result.faults, result.falseOpenings, summary));
  }
}
if (options.json !== undefined) {
  const result = { week, enoughStandardDeviations: enough, model: scorer.model, weeks };
  await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
}
await scorer.close();
if (options.data === undefined) await rm(kept, { recursive: true, force: true });
