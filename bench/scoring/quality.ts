import { selectBackend } from '@dtdqm/worker/scoring/backend/backend';
import { defaultModelFolder } from '@dtdqm/worker/scoring/model/location';
import { measureQuality } from './measureQuality.ts';

/** Run it with `node --import tsx bench/scoring/quality.ts [model folder] [chambers]`. */
await selectBackend('wasm');
const folder = process.argv[2] ?? (await defaultModelFolder());
const chambers = Number(process.argv[3] ?? 100);
for (const method of ['integrated-gradients', 'gradient', 'smoothgrad', 'occlusion'] as const) {
  const measured = await measureQuality(
    folder,
    method,
    method === 'integrated-gradients' ? chambers : Math.ceil(chambers / 4),
  );
  process.stdout.write(`${JSON.stringify({ method, ...measured })}\n`);
}
