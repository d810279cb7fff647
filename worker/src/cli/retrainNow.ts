import { writeFile } from 'node:fs/promises';
import { retrain, type RetrainReport } from '../learning/retrain/retrain.ts';
import { trainCandidate } from '../learning/retrain/trainCandidate.ts';
import type { RetrainCommand } from './commands/retrain.ts';
import { localActor, say, withDatabase } from './withDatabase.ts';

export async function retrainNow({ promote, report: file, ...settings }: RetrainCommand): Promise<void> {
  await withDatabase(async ({ database }, config) => {
    const report = await retrain({
      database,
      actor: localActor(),
      promote,
      train: trainCandidate(settings, (stage) => process.stderr.write(`${stage}\n`)),
      fallbackModel: config.modelDirectory,
      backend: config.scoringBackend,
    });
    if (file !== undefined) await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
    say(tell(report), report);
  });
}

function tell({ candidate, current, labels, averagePrecision, decision, promoted }: RetrainReport): string {
  const { current: before, candidate: after } = averagePrecision;
  const figures =
    before === null || after === null
      ? ''
      : ` Average precision ${before.toFixed(4)} -> ${after.toFixed(4)}.`;
  const outcome = promoted
    ? `${candidate} is in use now instead of ${current}.`
    : `${current} stays in use; ${candidate} is kept${decision.promote ? ', and passed the gate' : ''}.`;
  return [
    `Trained on ${labels.training} labelled chambers, judged on ${labels.heldOut} of runs that neither model saw.${figures}`,
    outcome,
    ...decision.reasons.map((reason) => `  ${reason}`),
  ].join('\n');
}
