import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { type Rule, startSimulator } from '@dtdqm/simulator/server';

/** A DQM server in a process of its own, so that its work does not count as the worker's; its argument are rules of misbehaviour. */
const rules = JSON.parse(process.argv[2] ?? '[]') as Rule[];
const simulator = await startSimulator({ source: new SimulatedDetector(), rules });
process.send?.(simulator.url);
process.on('disconnect', () => void simulator.close());
