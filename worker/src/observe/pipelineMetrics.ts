import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { PipelineEvent, PipelineEvents } from '../pipeline/events.ts';

/** What came of the runs that this process had in hand. */
export function measurePipeline(registry: Registry, events: PipelineEvents): void {
  const registers = [registry];
  const runs = new Counter({
    name: 'dtdqm_runs_handled_total',
    help: 'Runs that this process had in hand, by what came of it',
    labelNames: ['outcome'],
    registers,
  });
  const durations = new Histogram({
    name: 'dtdqm_run_duration_seconds',
    help: 'Time that a run took from its first request to its last row, or from its matrices to its new scores',
    labelNames: ['work'],
    buckets: [0.5, 1, 2, 3, 5, 10, 20, 40, 80],
    registers,
  });
  const inHand = new Gauge({
    name: 'dtdqm_chambers_fetched',
    help: 'Chambers of the run in hand that the DQM server has answered for',
    registers,
  });
  const badLayers = new Gauge({
    name: 'dtdqm_last_run_bad_layers',
    help: 'Bad layers of the run that this process stored last',
    registers,
  });
  events.on('event', (event: PipelineEvent) => {
    if (event.type === 'fetching') inHand.set(event.done);
    if (event.type === 'discovered' || event.type === 'fetching' || event.type === 'scoring') return;
    const outcome = event.type === 'stored' && event.status === 'ERROR' ? 'stored-with-error' : event.type;
    runs.inc({ outcome });
    if (event.type === 'stored') badLayers.set(event.badLayers);
    if (event.type === 'stored' || event.type === 'reevaluated') {
      durations.observe(
        { work: event.type === 'stored' ? 'fetch' : 'reevaluate' },
        event.milliseconds / 1000,
      );
    }
  });
}
