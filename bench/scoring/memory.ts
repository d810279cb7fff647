import { createScorer } from '@dtdqm/detector';
import { healthyRun } from './faultyChambers.ts';

/** Resident memory of a process that only scores: `node --import tsx bench/scoring/memory.ts [threads]`. */
const run = healthyRun(3);
const resident = () => `${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB`;
process.stdout.write(`before: ${resident()}\n`);
const scorer = await createScorer({ backend: 'wasm', threads: Number(process.argv[2] ?? 1) });
process.stdout.write(`model loaded: ${resident()}\n`);
for (let round = 0; round < 5; round++) await scorer.score(run);
process.stdout.write(`after 5 runs with saliency: ${resident()}\n`);
await scorer.close();
