import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface OpenPort {
  /** With the port that was really taken. */
  url: string;
  port: number;
  /** Until this is called every request is answered 503. */
  serve(listener: RequestListener): void;
  /** Lets requests under way end for a moment, then drops them. */
  close(): Promise<void>;
}

/** A port that cannot be listened on; the message names it and the fix. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

/** How long a client may take to send. */
export interface PortLimits {
  /** From the first byte of a request to the end of its headers. */
  headersMs: number;
  /** From the first byte of a request to the last. */
  requestMs: number;
  /** How often it is looked who takes longer. */
  checkEveryMs: number;
}

/** Against clients that send slowly to hold connections; an import of 100,000 labels takes seconds. */
const defaultLimits: PortLimits = { headersMs: 10_000, requestMs: 120_000, checkEveryMs: 2000 };

const graceMs = 1500;

/** What to open where it listens on all addresses of the machine: browsers refuse 0.0.0.0, or soon will. */
const loopbackOf: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Takes the port before anything else starts, so that a port in use is told at once.
 *
 * @throws {PortError}
 */
export async function openPort(host: string, port: number, limits = defaultLimits): Promise<OpenPort> {
  let listener: RequestListener = (_request, response) => {
    response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' });
    response.end('{"error":{"id":"starting","message":"the monitor is starting; try again shortly"}}');
  };
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    keepAliveTimeout: 20_000,
  };
  const server = createServer(options, (request, response) => listener(request, response));
  // Node would drop the connection without a word.
  server.on('connect', (_request, socket) => {
    socket.end(
      'HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
  });
  await listen(server, host, port);
  const taken = (server.address() as AddressInfo).port;
  const name = loopbackOf[host] ?? host;
  return {
    url: `http://${name.includes(':') ? `[${name}]` : name}:${taken}`,
    port: taken,
    serve: (next) => {
      listener = next;
    },
    close: () => close(server),
  };
}

async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} on ${host} is in use, perhaps by another monitor; stop that, or set API_PORT to another port`,
    EACCES: `port ${port} on ${host} may not be used by this user; set API_PORT to 1024 or more`,
    EADDRNOTAVAIL: `${host} is not an address of this machine; set API_HOST to one that is`,
    ENOTFOUND: `${host} is not a known host; set API_HOST to an address of this machine`,
  };
  const reason = reasons[error.code ?? ''];
  return reason === undefined ? error : new PortError(reason, { cause: error });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const force = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(force);
}
