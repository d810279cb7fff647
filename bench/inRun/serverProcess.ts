import { startSimulator } from '@dtdqm/simulator/server';
import { demoRuns } from '@dtdqm/simulator/sources';

/** A DQM server with runs in progress in a process of its own, so many times as fast as real ones: `serverProcess.ts SPEED`. */
const simulator = await startSimulator({
  source: demoRuns({ seed: 'a day', runs: 1, speed: Number(process.argv[2] ?? 1) }),
  control: true,
});
process.send?.(simulator.url);
process.on('disconnect', () => void simulator.close());
