import type { Context } from 'koa';
import { Problem } from '../problem.ts';

const loopbackAddress = /^(127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;
const loopbackHost = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])(:\d{1,5})?$/i;

/**
 * Lets only this machine in. The Host header must name it too: a web page elsewhere can give its own name the address
 * 127.0.0.1 (DNS rebinding), and the browser would then let it read everything.
 *
 * @throws {Problem} 403.
 */
export function requireSameMachine(ctx: Context): void {
  const address = ctx.req.socket.remoteAddress ?? '';
  if (!loopbackAddress.test(address)) {
    throw new Problem(403, 'this-machine-only', 'without API_TOKEN the API answers this machine only');
  }
  if (!loopbackHost.test(ctx.get('Host'))) {
    throw new Problem(
      403,
      'this-machine-only',
      'without API_TOKEN the API must be asked as localhost or 127.0.0.1',
    );
  }
}
