// A scoring thread that crashes when it is given chambers of sector 12.
import { parentPort } from 'node:worker_threads';

await import('../threads/thread.js');
parentPort.on('message', ({ kind, inputs }) => {
  if (kind === 'score' && inputs.chambers.some(({ sector }) => sector === 12)) throw new Error('sector 12');
});
