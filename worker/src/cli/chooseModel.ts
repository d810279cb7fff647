import type { ModelInUse } from '@dtdqm/contract';
import { pinModel, promoteModel, refuseModel, rollBackModel } from '../learning/retrain/modelChoice.ts';
import { defaultModelFolder } from '@dtdqm/detector';
import { listActs, modelInUse, listModels, refusedModels } from '../storage/models.ts';
import { localActor, say, withDatabase } from './commandLine.ts';

export async function listModelChoices(): Promise<void> {
  await withDatabase(async ({ database }) => {
    const [models, acts, inUse, refused] = await Promise.all([
      listModels(database),
      listActs(database, 20),
      modelInUse(database),
      refusedModels(database),
    ]);
    const names = models.map(({ name, registeredAt }) => {
      const refusal = refused.get(name);
      const by = refusal ? `, refused by ${refusal.actor}` : '';
      return `${name === inUse.model ? '*' : ' '} ${name}  since ${registeredAt.toISOString()}${by}`;
    });
    const journal = acts.map(
      ({ at, actor, act, model, reason }) => `  ${at.toISOString()}  ${act} ${model} by ${actor}: ${reason}`,
    );
    const words = [
      ...names,
      ...(journal.length > 0 ? ['Journal, newest first:', ...journal] : []),
      tell(inUse),
    ];
    say(words.join('\n'), {
      inUse,
      models: models.map(({ name }) => name),
      acts: acts.map(({ report: _report, ...act }) => act),
    });
  });
}

/** @throws {ModelChoiceError} when the choice cannot be made. */
export async function choose(
  command: 'promote' | 'refuse' | 'rollback' | 'pin' | 'unpin',
  reason: string,
  model = '',
): Promise<void> {
  await withDatabase(async ({ database }, { modelDirectory }) => {
    const chooser = {
      database,
      actor: localActor(),
      reason,
      configured: modelDirectory ?? (await defaultModelFolder()),
    };
    const choices = {
      promote: () => promoteModel(chooser, model),
      refuse: () => refuseModel(chooser, model),
      rollback: () => rollBackModel(chooser),
      pin: () => pinModel(chooser, true),
      unpin: () => pinModel(chooser, false),
    };
    const inUse = await choices[command]();
    say(tell(inUse), inUse);
  });
}

function tell({ model, pinned }: ModelInUse): string {
  if (model === null) return 'No model was chosen yet: the one of the configuration scores.';
  return `In use: ${model}${pinned ? ', pinned' : ''}.`;
}
