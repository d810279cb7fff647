import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, methodsOf, selectBackend } from '@dtdqm/detector/engine';
import { measureQuality } from './measureQuality.ts';

/** Run it with `node --import tsx bench/scoring/quality.ts [model folder] [chambers] [seed] [methods, with commas]`. */
await selectBackend('wasm');
const folder = process.argv[2] ?? (await defaultModelFolder());
const chambers = Number(process.argv[3] ?? 100);
const seed = Number(process.argv[4] ?? 7);
const only = process.argv[5]?.split(',');
for (const method of methodsOf(await loadModel(folder))) {
  if (only && !only.includes(method)) continue;
  for (const what of ['layer', 'chamber'] as const) {
    const measured = await measureQuality(folder, method, chambers, seed, what);
    process.stdout.write(`${JSON.stringify({ method, what, seed, ...measured })}\n`);
  }
}
