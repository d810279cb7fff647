import type { ChamberVerdict, ScoreOptions, Scorer, ScorerInput } from './scorer.ts';

/**
 * Scores chambers and says by which model. When the model was replaced meanwhile some may be by the old one and some by the
 * new one, so they are scored once more: what is stored under a model's name is all its own.
 *
 * @throws {RangeError} as `Scorer.score`.
 */
export async function scoreByOneModel(
  scorer: Pick<Scorer, 'model' | 'score'>,
  chambers: readonly ScorerInput[],
  options?: ScoreOptions,
): Promise<{ model: string; verdicts: ChamberVerdict[] }> {
  for (;;) {
    const { model } = scorer;
    const verdicts = await scorer.score(chambers, options);
    if (scorer.model === model) return { model, verdicts };
  }
}
