// Threads start from JavaScript: only after this hook can TypeScript be loaded.
import { parentPort, workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
const { measureAgreement } = await import('./measureAgreement.ts');
parentPort.postMessage(measureAgreement(workerData));
