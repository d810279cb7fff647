import { Histogram, type Registry } from 'prom-client';

/** Duration of requests by route, method and status, s. */
export function requestHistogram(registry: Registry): Histogram<'route' | 'method' | 'status'> {
  return new Histogram({
    name: 'dtdqm_http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['route', 'method', 'status'],
    // Around what people notice; an import of many labels may take minutes.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60],
    registers: [registry],
  });
}
