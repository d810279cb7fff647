import { afterEach } from 'vitest';
import { startSimulator, type Rule, type Simulator, type SimulatorOptions } from '@dtdqm/simulator/server';
import { createDqmClient, type DqmClientOptions } from '@dtdqm/worker/dqm/client';
import { DqmError, type OccupancySource } from '@dtdqm/worker/dqm/source';
import { toyDetector } from './toyDetector.ts';

const open: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((part) => part.close()));
});

export const run = 380001;
export const listed = { run, dataset: 'Global/Online/ALL' };

export interface Rig {
  simulator: Simulator;
  client: OccupancySource;
}

/** A simulator with one run of all chambers and a client that loses no time; both are closed after the test. */
export async function rig(
  rules: Rule[] = [],
  clientOptions: Partial<DqmClientOptions> = {},
  simulatorOptions: Partial<SimulatorOptions> = {},
): Promise<Rig> {
  const simulator = await startSimulator({ source: toyDetector(run), rules, ...simulatorOptions });
  open.push(simulator);
  return { simulator, client: clientOf(simulator.url, clientOptions) };
}

export function clientOf(url: string, options: Partial<DqmClientOptions> = {}): OccupancySource {
  const hasty = { dialect: 'classic', attempts: 3, backOffMs: 1, requestsPerSecond: 10_000 } as const;
  const client = createDqmClient({ ...hasty, url, ...options });
  open.push(client);
  return client;
}

/** The error that a promise fails with; fails itself when there is none, or one of another kind. */
export async function faultOf(promise: Promise<unknown>): Promise<DqmError> {
  const outcome = await promise.then(
    (value) => ({ value }),
    (fault: unknown) => ({ fault }),
  );
  if ('fault' in outcome && outcome.fault instanceof DqmError) return outcome.fault;
  throw new Error(
    `expected a DqmError, got ${JSON.stringify(outcome)} ${'fault' in outcome ? String(outcome.fault) : ''}`,
  );
}
