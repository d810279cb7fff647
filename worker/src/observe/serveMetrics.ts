import { openPort } from '../api/server.ts';
import type { Metrics } from './createMetrics.ts';

/**
 * Serves `/metrics` of a process without an API.
 *
 * @returns its address, and how to stop it.
 * @throws {PortError} when the port cannot be had.
 */
export async function serveMetrics(
  metrics: Metrics,
  host: string,
  port: number,
): Promise<{ url: string; close(): Promise<void> }> {
  const open = await openPort(host, port);
  open.serve((request, response) => {
    if (request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  return { url: `${open.url}/metrics`, close: () => open.close() };
}
