import { measureDetection } from './detection.ts';

/** `node --import tsx bench/inRun/run.ts [seed] [trips] [hours without faults] [poll seconds]`; nothing watches inside of runs yet. */
await measureDetection(null, process.argv.slice(2));
