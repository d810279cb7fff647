import { startSimulator } from '@dtdqm/simulator/server';
import { demoRuns } from '@dtdqm/simulator/sources';

/** A DQM server with runs in progress in a process of its own, whose clock stands at `serverProcess.ts NOW` until a message moves it; ms since 1970. */
let clock = Number(process.argv[2]);
const now = () => clock;
const simulator = await startSimulator({
  source: demoRuns({ seed: 'a day', runs: 1, now, perLumisection: true }),
  control: true,
  now,
});
process.on('message', (moved: number) => {
  clock = moved;
  process.send?.('moved');
});
process.send?.(simulator.url);
process.on('disconnect', () => void simulator.close());
