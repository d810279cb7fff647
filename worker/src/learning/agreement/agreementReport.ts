import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Agreement, Opinion } from '@dtdqm/contract';
import type { Queryable } from '../../storage/database.ts';
import { newestLabelEvent, sharedOpinions } from '../../storage/labels/read.ts';

/**
 * How far experts agree, as of the newest label. Resampling takes a second or two of processor time with 20,000 labels, which is a thread's
 * affair: meanwhile the API answers others. Whoever asks while it is worked out waits for the same figures, and they are kept until
 * somebody labels.
 */
export function createAgreementReport(database: Queryable): () => Promise<Agreement> {
  let kept: { newest: number; figures: Promise<Agreement> } | undefined;
  return async () => {
    const newest = await newestLabelEvent(database);
    if (kept?.newest === newest) return kept.figures;
    const figures = sharedOpinions(database).then(measureInThread);
    const made = { newest, figures };
    kept = made;
    figures.catch(() => {
      if (kept === made) kept = undefined;
    });
    return figures;
  };
}

async function measureInThread(opinions: readonly Opinion[]): Promise<Agreement> {
  const thread = new Worker(new URL('thread.js', import.meta.url), { workerData: opinions });
  try {
    // An error in the thread rejects this.
    const [figures] = (await once(thread, 'message')) as [Agreement];
    return figures;
  } finally {
    await thread.terminate();
  }
}
