import { transaction, type Database, type Queryable } from '../../storage/database.ts';
import { modelInUse, recordAct } from '../../storage/models.ts';
import { registerFolder } from './registerFolder.ts';
import type { RetrainReport } from './report.ts';

export interface Candidate {
  report: RetrainReport;
  currentFolder: string;
  candidateFolder: string;
  actor: string;
}

/**
 * Keeps a candidate's files and report, and puts it in use when the report says so, in one transaction.
 *
 * @returns the report as kept: a model that was pinned or chosen during the training stays.
 */
export function keepCandidate(
  database: Database,
  { report: judged, currentFolder, candidateFolder, actor }: Candidate,
): Promise<RetrainReport> {
  return transaction(database, async (client) => {
    await client.query('lock table model_act in exclusive mode');
    await registerFolder(client, candidateFolder);
    const report = await unlessChosen(client, judged);
    const { candidate: model, promoted } = report;
    await recordAct(client, { actor, act: 'trained', model, report });
    if (!promoted) return report;
    // What can be rolled back to must stand in the journal: the first promotion names the model before it too.
    if ((await modelInUse(client)).model === null) {
      const { model: before } = await registerFolder(client, currentFolder);
      await recordAct(client, { actor, act: 'promoted', model: before, reason: 'was in use' });
    }
    await recordAct(client, { actor, act: 'promoted', model, reason: 'passed the gate' });
    return report;
  });
}

async function unlessChosen(client: Queryable, report: RetrainReport): Promise<RetrainReport> {
  const { model, pinned } = await modelInUse(client);
  const against = [
    ...(pinned ? ['the model in use is pinned'] : []),
    ...(model !== null && model !== report.current ? [`${model} was put in use meanwhile`] : []),
  ];
  if (against.length === 0) return report;
  const decision = { promote: false, reasons: [...report.decision.reasons, ...against] };
  return { ...report, decision, promoted: false };
}
