import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Scorer } from '../scorer.ts';
import { readLine, type RecordedChamber } from './line.ts';

/** Chambers held in memory at a time. */
const chambersPerBatch = 256;

/**
 * Scores a recording as it streams by. Empty lines are passed over.
 *
 * @param write takes whole lines `{run, wheel, station, sector, scores, verdicts, faults, model}`.
 * @returns how many chambers were scored.
 * @throws {LineError} at the first line that is not a chamber.
 */
export async function scoreLines(
  scorer: Scorer,
  input: Readable,
  write: (text: string) => Promise<void>,
): Promise<number> {
  let batch: RecordedChamber[] = [];
  let scored = 0;
  let number = 0;
  const flush = async () => {
    await write(await scoreBatch(scorer, batch));
    scored += batch.length;
    batch = [];
  };
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    number++;
    if (text.trim() === '') continue;
    batch.push(readLine(text, number));
    if (batch.length === chambersPerBatch) await flush();
  }
  if (batch.length > 0) await flush();
  return scored;
}

async function scoreBatch(scorer: Scorer, batch: readonly RecordedChamber[]): Promise<string> {
  const { model } = scorer;
  const judged = await scorer.score(batch, { saliency: false });
  const lines = judged.map(({ scores, verdicts, faults }, index) => {
    const { run, chamber } = batch[index]!;
    return `${JSON.stringify({ run, ...chamber, scores, verdicts, faults, model })}\n`;
  });
  return lines.join('');
}
