import { measureDetection } from './detection.ts';

/** `node --import tsx bench/inRun/run.ts [seed] [trips] [hours without faults] [poll seconds]` */
await measureDetection(process.argv.slice(2));
