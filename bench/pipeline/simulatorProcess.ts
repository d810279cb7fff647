import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { startSimulator } from '@dtdqm/simulator/server';

/** A DQM server in a process of its own, so that its work does not count as the worker's. */
const simulator = await startSimulator({ source: new SimulatedDetector() });
process.send?.(simulator.url);
process.on('disconnect', () => void simulator.close());
