import { connect, createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface TcpProxy {
  port: number;
  /** The address with host and port of the proxy in the place of the target's. */
  through(url: string): string;
  /** Resets every connection, and goes on with new ones. */
  cut(): void;
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

  const forward = (from: Socket, to: Socket) => {
    from.on('data', (bytes) => {
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
    forward(client, upstream);
    forward(upstream, client);
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
