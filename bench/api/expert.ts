import { request, type Agent } from 'node:http';
import { randomUUID } from 'node:crypto';
import type { Lease, QueueNextAnswer } from '@dtdqm/contract';

export interface Expert {
  /** By the server's default where no strategy is named. */
  next(strategy?: string): Promise<Lease>;
  label(lease: Lease): Promise<void>;
}

/** An expert who asks the API over a kept connection, with node:http: fetch alone would cost a millisecond a call. */
export function createExpert(url: string, token: string, name: string, agent: Agent): Expert {
  const { hostname, port } = new URL(url);
  const post = (path: string, body: object) =>
    new Promise<unknown>((resolve, reject) => {
      const text = JSON.stringify(body);
      const headers = {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        Authorization: `Bearer ${token}`,
        'X-Grafana-User': name,
        'X-Dtdqm-Role': 'Editor',
      };
      const sent = request({ hostname, port, path, method: 'POST', agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = Buffer.concat(chunks).toString();
          if ((response.statusCode ?? 500) >= 300)
            reject(new Error(`${path}: ${response.statusCode} ${answer}`));
          else resolve(JSON.parse(answer));
        });
      });
      sent.on('error', reject);
      sent.end(text);
    });
  return {
    async next(strategy) {
      const { leases } = (await post(
        '/api/v1/queue/next',
        strategy === undefined ? {} : { strategy },
      )) as QueueNextAnswer;
      if (leases[0] === undefined) throw new Error('the queue is empty');
      return leases[0];
    },
    async label({ run, wheel, station, sector, reason }) {
      const verdicts = Array.from({ length: 12 }, (_, row) =>
        station === 4 && row >= 4 && row < 8 ? null : 'good',
      );
      const queueReason = reason.text;
      await post('/api/v1/labels', {
        run,
        wheel,
        station,
        sector,
        verdicts,
        queueReason,
        idempotencyKey: randomUUID(),
        baseVersion: 0,
      });
    },
  };
}
