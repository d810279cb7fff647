import {
  formatChamber,
  type ChamberOfRun,
  type ChangedVerdicts,
  type LabelPreview,
  type ModelPreview,
} from '@dtdqm/contract';
import { counted } from '@dtdqm/contract/numbers';
import type { Queryable } from '../../storage/database.ts';
import { modelInUse } from '../../storage/models.ts';
import { heldDraws } from '../../storage/queue/leases.ts';
import { labelsSince, storedPreview } from '../../storage/preview.ts';

/** Fewer bad layers than these that teach say too little. */
export const fewestBad = 5;

/** So many of the newest runs that are over are looked at. */
export const recentRuns = 20;

/**
 * What labels would do, in words, and all that makes it doubtful; never a figure where nothing is known.
 *
 * @param expert is told nothing of what models say of the chambers held as random draws.
 */
export async function previewFor(db: Queryable, expert: string): Promise<ModelPreview> {
  const [stored, draws] = await Promise.all([storedPreview(db), heldDraws(db, expert)]);
  const preview = stored?.preview && without(stored.preview, draws);
  const [since, inUse] = await Promise.all([labelsSince(db, preview?.newestEvent ?? null), modelInUse(db)]);
  const unknown: string[] = [];
  if (stored?.problem) {
    unknown.push(`The last attempt, ${stored.triedAt.toISOString()}, failed: ${stored.problem}.`);
  }
  if (!preview) {
    const why =
      since.newest === '0'
        ? 'nothing is labelled'
        : stored?.problem
          ? 'the attempt failed'
          : 'a worker does so within a minute after the last label';
    return { summary: `What labels would do is not worked out yet: ${why}.`, unknown, preview: null };
  }
  if (since.count > 0)
    unknown.unshift(`${counted(since.count, 'label')} since ${since.count === 1 ? 'is' : 'are'} not in it.`);
  if (inUse.model !== null && inUse.model !== preview.model)
    unknown.unshift(`Out of date: it was worked out for ${preview.model}, and ${inUse.model} is in use now.`);
  unknown.push(...doubtsOf(preview));
  return { summary: summaryOf(preview), unknown, preview };
}

function without(preview: LabelPreview, draws: readonly ChamberOfRun[]): LabelPreview {
  if (!preview.outlook || draws.length === 0) return preview;
  const keys = new Set(draws.map((draw) => `${draw.run} ${formatChamber(draw)}`));
  const untold = (changed: ChangedVerdicts): ChangedVerdicts => ({
    ...changed,
    listed: changed.listed.filter(({ run, chamber }) => !keys.has(`${run} ${chamber}`)),
  });
  const { more, fewer, ...outlook } = preview.outlook;
  return { ...preview, outlook: { ...outlook, more: untold(more), fewer: untold(fewer) } };
}

function summaryOf({ labels, outlook }: LabelPreview): string {
  if (outlook === null) {
    return `Too few labels to tell what they would do: ${counted(labels.bad, 'bad layer')} of ${counted(labels.chambers, 'labelled chamber')} ${
      labels.bad === 1 ? 'teaches' : 'teach'
    }, and ${fewestBad} are needed.`;
  }
  const { runs, more, fewer } = outlook;
  const where = runs.count === 1 ? `run ${runs.last}` : `the last ${runs.count} runs`;
  const after = `After ${counted(labels.chambers, 'labelled chamber')}`;
  if (more.count + fewer.count === 0) return `${after}: no layer of ${where} would be judged otherwise.`;
  const told = [
    ...(more.count > 0
      ? [`${more.count} more ${layers(more.count)} of ${where} would be bad${saidSo(more)}`]
      : []),
    ...(fewer.count > 0
      ? [
          more.count > 0
            ? `${fewer.count} fewer`
            : `${fewer.count} fewer ${layers(fewer.count)} of ${where} would be bad`,
        ]
      : []),
  ];
  return `${after}: ${told.join(', ')}.`;
}

function doubtsOf({ labels, outlook }: LabelPreview): string[] {
  const doubts: string[] = [];
  const { labelledGood: good, labelledBad: bad } = outlook ?? {};
  if (good && good.after > good.before) {
    doubts.push(
      `More false alarms: of ${counted(good.layers, 'layer')} labelled good ${good.after} would be called bad, ${good.before} now.`,
    );
  }
  if (bad && bad.after < bad.before) {
    doubts.push(
      `It would lose some: of ${counted(bad.layers, 'layer')} labelled bad ${bad.after} would be called bad, ${bad.before} now.`,
    );
  }
  if (labels.doubted > 0) {
    doubts.push(
      `${counted(labels.doubted, 'label')} taught nothing: all that is known speaks against ${
        labels.doubted === 1 ? 'it' : 'them'
      }, until that is said again or in another run.`,
    );
  }
  return doubts;
}

const saidSo = ({ labelledSo }: ChangedVerdicts) =>
  labelledSo === 0 ? '' : ` (${labelledSo} of them labelled so)`;
const layers = (count: number) => (count === 1 ? 'layer' : 'layers');
