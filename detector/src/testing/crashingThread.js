// A scoring thread that crashes when it is given chambers of sector 12, and never ends with those of sector 11.
import { parentPort } from 'node:worker_threads';

await import('../threads/thread.js');
parentPort.on('message', ({ kind, inputs }) => {
  if (kind !== 'score') return;
  if (inputs.chambers.some(({ sector }) => sector === 11)) for (;;);
  if (inputs.chambers.some(({ sector }) => sector === 12)) throw new Error('sector 12');
});
