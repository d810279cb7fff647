import { createServer } from 'node:net';
import { GrafanaError } from './error.ts';

/**
 * A port that Grafana can listen on: the wanted one, or any when that is 0.
 *
 * @throws {GrafanaError} with the next step when it is taken.
 */
export function freePort(host: string, wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use, perhaps by another Grafana'
          : `cannot be used (${error.code})`;
      reject(
        new GrafanaError(
          `port ${wanted} on ${host} for Grafana ${reason}; stop that, or set DTDQM_GRAFANA_PORT to another port`,
        ),
      );
    });
    server.listen(wanted, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : wanted;
      server.close(() => resolve(port));
    });
  });
}
