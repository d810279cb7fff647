import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { someChamber, inTemporaryFolder, writeUntrainedModel } from '../testing/index.ts';
import { ScoringPool } from './pool.ts';

const crashing = new URL('../testing/crashingThread.js', import.meta.url);
const noSaliency = { saliency: false };

test('a thread that crashes fails its own chambers, and the next ones are scored by a new thread', async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'model');
    await writeUntrainedModel(folder);
    const { pool } = await ScoringPool.start(1, { folder, backend: 'wasm' }, crashing);
    try {
      const before = await pool.score([someChamber(2, 1)], noSaliency);
      await expect(pool.score([someChamber(2, 12)], noSaliency)).rejects.toThrow(
        'a scoring thread crashed: sector 12',
      );
      const [one, two] = await Promise.all([
        pool.score([someChamber(2, 1)], noSaliency),
        pool.score([someChamber(2, 2)], noSaliency),
      ]);
      expect(one).toEqual(before);
      expect(two).toHaveLength(1);
    } finally {
      await pool.close();
    }
  });
});

test('a signal that outlives the work holds on to none of it, whether it went well or not', async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'model');
    await writeUntrainedModel(folder);
    const { pool } = await ScoringPool.start(1, { folder, backend: 'wasm' }, crashing);
    try {
      const { signal } = new AbortController();
      await pool.score([someChamber(2, 1)], noSaliency, signal);
      await pool.score([someChamber(2, 12)], noSaliency, signal).catch(() => undefined);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    } finally {
      await pool.close();
    }
  });
});

test('whoever waits for scores is released at once when they are given up, and when the pool is closed amid its work', async () => {
  await inTemporaryFolder(async (parent) => {
    const folder = join(parent, 'model');
    await writeUntrainedModel(folder);
    // Never answers from sector 11 on.
    const { pool } = await ScoringPool.start(1, { folder, backend: 'wasm' }, crashing);
    const given = new AbortController();
    const waiting = pool.score([someChamber(2, 11)], noSaliency, given.signal);
    given.abort(new Error('the worker is being stopped'));
    await expect(waiting).rejects.toThrow('the worker is being stopped');
    const later = pool.score([someChamber(2, 1)], noSaliency);
    const closed = expect(later).rejects.toThrow('the scorer is closed');
    await pool.close();
    await closed;
  });
});
