import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { NativeInstallError } from './nativeError.ts';

/** Behind firewalls that drop packets the official download hangs for ever; this one gives up. */
const patience = 30_000;

/** @throws {NativeInstallError} when the address does not answer in time, or not with a file. */
export async function download(url: string, path: string): Promise<void> {
  const giveUp = new AbortController();
  let timer = setTimeout(() => giveUp.abort(), patience);
  const stillComing = () => {
    clearTimeout(timer);
    timer = setTimeout(() => giveUp.abort(), patience);
  };
  try {
    const reply = await fetch(url, { signal: giveUp.signal });
    if (!reply.ok || !reply.body) throw new Error(`it answered ${reply.status}`);
    const body = Readable.fromWeb(reply.body);
    body.on('data', stillComing);
    await pipeline(body, createWriteStream(path));
  } catch (cause) {
    const reason = giveUp.signal.aborted ? `nothing came for ${patience / 1000} s` : (cause as Error).message;
    throw new NativeInstallError(`${url} cannot be downloaded: ${reason}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
