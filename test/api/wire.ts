import { connect } from 'node:net';

/** What came back over a connection of its own, letter by letter. */
export interface RawAnswer {
  /** 0 where the connection was closed without an answer. */
  status: number;
  /** Names in lower case; of a header that came twice, the last. */
  headers: Record<string, string>;
  body: string;
}

/**
 * Sends bytes as they are and reads until the server closes: what `fetch` would not send, such as UTF-8 in headers.
 *
 * @param url of the API.
 * @param head request line and headers, without the line ends after the last.
 */
export function sendBytes(url: string, head: string | Buffer, body = ''): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const socket = connect(Number(port), hostname, () => {
      socket.write(head);
      socket.write(`\r\nConnection: close\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', reject);
    socket.on('close', () => resolve(parse(Buffer.concat(pieces).toString())));
    socket.setTimeout(20_000, () => socket.destroy(new Error('no answer within 20 s')));
  });
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}
