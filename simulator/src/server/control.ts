import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Misbehaviour } from './misbehaviour.ts';
import type { RequestLog } from './requestLog.ts';

const mostBytes = 1 << 20;

/**
 * The simulator's own end-point, outside the base path:
 * `GET /control`, `PUT|POST|DELETE /control/rules` (replace, add, clear), `DELETE /control/requests` (reset counters).
 */
export async function control(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  parts: { misbehaviour: Misbehaviour; log: RequestLog },
): Promise<void> {
  const { misbehaviour, log } = parts;
  const state = () => ({ rules: misbehaviour.rules, requests: log.counts() });
  try {
    switch (`${request.method} ${path}`) {
      case 'GET /control':
        break;
      case 'PUT /control/rules':
        misbehaviour.replace(await readJson(request));
        break;
      case 'POST /control/rules':
        misbehaviour.add(await readJson(request));
        break;
      case 'DELETE /control/rules':
        misbehaviour.replace([]);
        break;
      case 'DELETE /control/requests':
        log.reset();
        break;
      default:
        return reply(response, 404, { error: `no control at ${request.method} ${path}` });
    }
    reply(response, 200, state());
  } catch (fault) {
    reply(response, 400, { error: fault instanceof Error ? fault.message : String(fault) });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new RangeError(`body: at most ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new RangeError('body: must be a JSON list of rules');
  }
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
