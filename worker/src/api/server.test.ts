import { expect, test } from 'vitest';
import { openPort } from './server.ts';

test.each([
  ['127.0.0.1', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['localhost', /^http:\/\/localhost:\d+$/],
])('a port of %s is told with an address that opens, and says that it starts', async (host, address) => {
  const port = await openPort(host, 0);
  try {
    expect(port.url).toMatch(address);
    expect((await fetch(port.url)).status).toBe(503);
  } finally {
    await port.close();
  }
});
