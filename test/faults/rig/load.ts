import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';
import type { Lease } from '@dtdqm/contract';

export interface Load {
  result: Promise<autocannon.Result>;
  /** Idempotency keys of labels that the API said it has stored. */
  acknowledged: Set<string>;
  stop(): void;
}

interface Context {
  lease?: Lease;
  key?: string;
}

/** People who take the next chamber, label it, look at another one, at the list of runs and, now and then, export everything. */
export function startLoad(
  url: string,
  { connections, seconds, perSecond }: { connections: number; seconds: number; perSecond?: number },
): Load {
  const acknowledged = new Set<string>();
  const headers = { 'content-type': 'application/json' };
  const next: autocannon.Request = {
    method: 'POST',
    path: '/api/v1/queue/next',
    headers,
    body: '{}',
    onResponse(status, body, context: Context) {
      delete context.lease;
      if (status !== 200) return;
      const [lease] = (JSON.parse(body) as { leases: Lease[] }).leases;
      if (lease !== undefined) context.lease = lease;
    },
  };
  const label: autocannon.Request = {
    method: 'POST',
    path: '/api/v1/labels',
    headers,
    setupRequest(request, context: Context) {
      context.key = randomUUID();
      return { ...request, body: JSON.stringify(labelOf(context)) };
    },
    onResponse(status, _body, context: Context) {
      if (status >= 200 && status < 300 && context.key !== undefined) acknowledged.add(context.key);
    },
  };
  const read = (path: string): autocannon.Request => ({ method: 'GET', path });
  const round = [next, label, read('/api/v1/runs'), read('/api/v1/queue/progress')];
  const requests = [...round, ...round, ...round, ...round, read('/api/v1/labels/export?format=csv')];
  const rate = perSecond === undefined ? {} : { overallRate: perSecond };
  const running = autocannon({ url, connections, duration: seconds, requests, timeout: 30, ...rate });
  return {
    acknowledged,
    result: new Promise((resolve, reject) => {
      running.then(resolve, reject);
    }),
    stop: () => (running as unknown as { stop(): void }).stop(),
  };
}

function labelOf({ lease, key }: Context): object {
  const { run = 1, wheel = 0, station = 1, sector = 1 } = lease ?? {};
  const verdicts = Array.from({ length: 12 }, (_, row) =>
    station === 4 && row >= 4 && row < 8 ? null : 'good',
  );
  return { run, wheel, station, sector, verdicts, idempotencyKey: key, baseVersion: 0 };
}
