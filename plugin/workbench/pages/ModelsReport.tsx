import React, { useState } from 'react';
import { z } from 'zod';
import { Alert, Button, ConfirmModal, useStyles2 } from '@grafana/ui';
import type { Model } from '@dtdqm/contract';
import { asProblem, nextStep, type Problem } from '../../src/api/problem.ts';
import { api } from '../../src/api/send.ts';
import { Moment } from '../../src/components/controls.tsx';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useDetector } from '../../src/components/useDetector.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { CandidateReport } from './CandidateReport.tsx';
import { getListStyles } from './ScoresPage.tsx';

type Act = Awaited<ReturnType<typeof api.modelActs>>[number];

/** Of the report of a training, what the gate decided. */
const gateSchema = z.object({
  decision: z.object({ promote: z.boolean(), reasons: z.array(z.string()) }),
});

/** What is about to be done, and asked about first. */
interface Choice {
  title: string;
  body: string;
  confirmText: string;
  act: () => Promise<unknown>;
}

/** Models that have scored runs or were trained to: which is in use, what the gate said, and putting another in use. */
export function ModelsReport() {
  const styles = useStyles2(getListStyles);
  const { state } = useDetector(api);
  const { data, problem, refetch } = useQuery('models', async () => {
    const [list, acts] = await Promise.all([api.models(), api.modelActs()]);
    return { ...list, acts };
  });
  const [asked, setAsked] = useState<Choice | null>(null);
  const [failure, setFailure] = useState<Problem | null>(null);
  if (!data)
    return problem ? (
      <ProblemMessage problem={problem} retry={refetch} />
    ) : (
      <Message icon="sync" title="Loading the models" />
    );
  const { models, inUse, acts } = data;
  if (models.length === 0) {
    return (
      <Message icon="cube" title="No model is known yet">
        <p>A model is listed as soon as it has scored a run or was trained.</p>
      </Message>
    );
  }
  const carryOut = ({ act }: Choice) => {
    setAsked(null);
    act()
      .then(() => setFailure(null))
      .catch((thrown: unknown) => setFailure(asProblem(thrown)))
      .finally(refetch);
  };
  const promote = (name: string): Choice => ({
    title: `Put ${name} in use?`,
    body: `Workers go over to it within seconds and score all new runs by it, whatever the gate said. Scores that are stored stay until their runs are scored anew. It can be rolled back.`,
    confirmText: 'Put in use',
    act: () => api.promote(name),
  });
  const rollBack = (previous: string): Choice => ({
    title: `Roll back to ${previous}?`,
    body: `${inUse.model ?? 'The model in use'} goes out of use, and workers score all new runs by ${previous} again within seconds. Scores that are stored stay until their runs are scored anew.`,
    confirmText: 'Roll back',
    act: () => api.rollBack(),
  });
  const columns: Column<Model>[] = [
    { title: 'Model', cell: ({ name }) => name.replace(/@[^@]*$/, '') },
    { title: 'Version', cell: ({ name }) => /@([^@]*)$/.exec(name)?.[1] ?? '–' },
    { title: 'In use', cell: ({ name }) => (name === inUse.model ? '● in use' : '–') },
    { title: 'Since', cell: ({ name }) => sinceOf(name, inUse.model, acts) },
    { title: 'Runs scored', isNumber: true, cell: ({ runs }) => runs },
    { title: 'Known since', cell: ({ registeredAt }) => <Moment at={registeredAt} /> },
    { title: 'Gate', cell: ({ name }) => gateInWords(name, acts) },
    {
      title: 'Choice',
      cell: ({ name }) =>
        name === inUse.model ? null : (
          <Button
            size="sm"
            variant="secondary"
            aria-label={`Put ${name} in use`}
            onClick={() => setAsked(promote(name))}
          >
            Put in use
          </Button>
        ),
    },
  ];
  const { previous } = inUse;
  return (
    <>
      <p className={styles.quiet}>
        {inUse.model === null
          ? `Nobody has chosen a model: workers use that of their configuration${state?.model ? `; ${state.model} judged run ${state.run}` : ''}.`
          : `${inUse.model} is in use${inUse.pinned ? ' and pinned: retraining does not change it' : ''}.`}{' '}
        {acts.some(({ act }) => act === 'trained') ? '' : 'No candidate was trained yet.'}
      </p>
      {failure ? (
        <Alert
          severity="error"
          title={failure.kind === 'conflict' ? 'The model was not changed' : nextStep[failure.kind].title}
          onRemove={() => setFailure(null)}
        >
          {failure.kind === 'conflict' ? '' : nextStep[failure.kind].advice} <code>{failure.message}</code>
        </Alert>
      ) : null}
      <DataTable columns={columns} rows={models} keyOf={({ name }) => name} />
      <div className={styles.pager}>
        <Button
          variant="secondary"
          icon="history"
          disabled={previous === null}
          onClick={() => previous !== null && setAsked(rollBack(previous))}
        >
          {previous === null ? 'Nothing to roll back to' : `Roll back to ${previous}`}
        </Button>
      </div>
      <CandidateReport report={acts.find(({ act }) => act === 'trained')?.report} />
      <ConfirmModal
        isOpen={asked !== null}
        title={asked?.title ?? ''}
        body={asked?.body ?? ''}
        confirmText={asked?.confirmText ?? ''}
        confirmButtonVariant="primary"
        onConfirm={() => (asked ? carryOut(asked) : undefined)}
        onDismiss={() => setAsked(null)}
      />
    </>
  );
}

function sinceOf(name: string, inUse: string | null, acts: readonly Act[]) {
  if (name !== inUse) return '–';
  const put = acts.find(({ act, model }) => model === name && (act === 'promoted' || act === 'rolled-back'));
  return put ? <Moment at={put.at} /> : 'not known';
}

/** What the gate said when the model was trained; nothing is no consent. */
function gateInWords(name: string, acts: readonly Act[]): string {
  const trained = acts.find(({ act, model }) => act === 'trained' && model === name);
  const gate = gateSchema.safeParse(trained?.report).data?.decision;
  if (!gate) return 'not judged';
  return gate.promote ? 'passed' : `not passed: ${gate.reasons.join('; ')}`;
}
