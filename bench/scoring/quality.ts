import { saliencyMethodNames } from '@dtdqm/contract';
import { defaultModelFolder } from '@dtdqm/detector';
import { selectBackend } from '@dtdqm/detector/engine';
import { measureQuality } from './measureQuality.ts';

/** Run it with `node --import tsx bench/scoring/quality.ts [model folder] [chambers] [seed] [methods, with commas]`. */
await selectBackend('wasm');
const folder = process.argv[2] ?? (await defaultModelFolder());
const chambers = Number(process.argv[3] ?? 100);
const seed = Number(process.argv[4] ?? 7);
const methods = process.argv[5]?.split(',') ?? saliencyMethodNames;
for (const method of saliencyMethodNames) {
  if (!methods.includes(method)) continue;
  const share = method === 'integrated-gradients' ? 1 : 1 / 4;
  for (const what of ['layer', 'chamber'] as const) {
    // Only integrated gradients treat the two differently.
    if (what === 'chamber' && method !== 'integrated-gradients') continue;
    const measured = await measureQuality(folder, method, Math.ceil(chambers * share), seed, what);
    process.stdout.write(`${JSON.stringify({ method, what, seed, ...measured })}\n`);
  }
}
