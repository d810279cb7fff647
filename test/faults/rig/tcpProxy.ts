import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface TcpProxy {
  port: number;
  /** The address with host and port of the proxy in the place of the target's. */
  through(url: string): string;
  /** Resets every connection, and goes on with new ones. */
  cut(): void;
  /** From now on resets the connection that sends a statement nobody sent before, until one comes that `last` matches. */
  cutAtFirst(last: RegExp): void;
  /** Statements that were cut off. */
  cutOff(): string[];
  /** How often the server answered with this SQLSTATE. */
  answered(state: string): number;
  /** Half-open: connections stay, new ones are accepted, and nothing passes any more, in neither direction. */
  freeze(): void;
  thaw(): void;
  /** Holds everything that passes back for so long, as a slow disk or network does; 0 ends it. */
  slow(milliseconds: number): void;
  close(): Promise<void>;
}

/** Stands between a client and a server of 127.0.0.1 and makes the network fail. */
export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const targetPort = Number(new URL(target).port);
  const sockets = new Set<Socket>();
  let frozen = false;
  let delayMs = 0;
  let lastToCut: RegExp | undefined;
  const cutOff = new Set<string>();
  const states: string[] = [];

  /** Whether the bytes hold a statement to be cut off. */
  const isFirst = (bytes: Buffer): boolean => {
    const statement = statementOf(bytes);
    if (lastToCut === undefined || statement === undefined || cutOff.has(statement)) return false;
    if (lastToCut.test(statement)) lastToCut = undefined;
    cutOff.add(statement);
    return true;
  };
  const forward = (from: Socket, to: Socket, isClient: boolean) => {
    from.on('data', (bytes) => {
      if (isClient && isFirst(bytes)) return void from.resetAndDestroy();
      if (!isClient) states.push(...statesIn(bytes));
      // What a dead network swallows never comes: thawing does not bring it back, and the connection is broken.
      if (frozen) return;
      if (delayMs === 0) to.write(bytes);
      else setTimeout(() => to.destroyed || to.write(bytes), delayMs);
    });
    from.on('end', () => frozen || setTimeout(() => to.end(), delayMs));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (!frozen) setTimeout(() => to.destroy(), delayMs);
    });
  };
  const server = createServer((client) => {
    const upstream = connect(targetPort, '127.0.0.1');
    sockets.add(client).add(upstream);
    forward(client, upstream, true);
    forward(upstream, client, false);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port,
    through(url) {
      const changed = new URL(url);
      changed.port = String(port);
      return changed.href;
    },
    cut,
    cutAtFirst: (last) => (lastToCut = last),
    cutOff: () => [...cutOff],
    answered: (state) => states.filter((each) => each === state).length,
    freeze: () => (frozen = true),
    thaw() {
      frozen = false;
      cut();
    },
    slow: (milliseconds) => (delayMs = milliseconds),
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** SQL of a message Query or Parse that begins the bytes, which is how clients send them. */
function statementOf(bytes: Buffer): string | undefined {
  const type = String.fromCharCode(bytes[0] ?? 0);
  if (type !== 'Q' && type !== 'P') return undefined;
  const [first = '', second = ''] = bytes.subarray(5).toString().split('\0', 2);
  return type === 'Q' ? first : second;
}

/** SQLSTATEs of the errors among a server's bytes: a field C of a message E, after severity twice (localised and not). */
function statesIn(bytes: Buffer): string[] {
  const text = bytes.toString('latin1');
  return [...text.matchAll(/SERROR\0VERROR\0C(\w{5})\0/g)].map(([, state = '']) => state);
}
