import React, { useState } from 'react';
import { z } from 'zod';
import { css } from '@emotion/css';
import { Button, useStyles2 } from '@grafana/ui';
import type { Model } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { api } from '../../src/api/send.ts';
import { Moment } from '../../src/components/controls.tsx';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useDetector } from '../../src/components/useDetector.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { CandidateReport } from './CandidateReport.tsx';
import { LabelPreview } from './LabelPreview.tsx';
import { ModelChoices, useModelChoice } from './modelChoice.tsx';
import { getListStyles } from './ScoresPage.tsx';

type Act = Awaited<ReturnType<typeof api.modelActs>>[number];

/** Of the report of a training, what the gate decided. */
const gateSchema = z.object({
  decision: z.object({ promote: z.boolean(), reasons: z.array(z.string()) }),
});

/** Of what was done, as much as is looked at; the rest stands in the answer of the API. */
const mostActs = 20;

/**
 * Models that have scored runs or were trained to: which is in use, what labels would do to it, what the gate said, and putting another in use.
 *
 * @param isPreviewOpen whether what labels would do is listed at once.
 */
export function ModelsReport({ isPreviewOpen }: { isPreviewOpen: boolean }) {
  const styles = useStyles2(getListStyles);
  const own = useStyles2(getStyles);
  const { state } = useDetector(api);
  const { data, problem, refetch } = useQuery(
    'models',
    async () => {
      const [list, acts] = await Promise.all([api.models(), api.modelActs()]);
      return { ...list, acts };
    },
    { every: 10_000 },
  );
  const choice = useModelChoice(refetch);
  const [withRefused, setWithRefused] = useState(false);
  if (!data)
    return problem ? (
      <ProblemMessage problem={problem} retry={refetch} />
    ) : (
      <Message icon="sync" title="Loading the models" />
    );
  const { models, inUse, acts, mayChoose } = data;
  if (models.length === 0) {
    return (
      <Message icon="cube" title="No model is known yet">
        <p>A model is listed as soon as it has scored a run or was trained.</p>
      </Message>
    );
  }
  const refused = models.filter((model) => model.refused !== null).length;
  const trained = acts.find(({ act }) => act === 'trained');
  const candidate = models.find(({ name }) => name === trained?.model);
  /** Where nobody chose, what judged the newest run. */
  const configured = inUse.model === null ? state?.model : undefined;
  const choicesOf = (model: Model) => (
    <ModelChoices
      model={model}
      inUse={inUse.model}
      configured={configured}
      mayChoose={mayChoose}
      ask={choice.ask}
    />
  );
  const runs = sumOf(models, (model) => model.runs);
  const byOthers = runs - (models.find(({ name }) => name === inUse.model)?.runs ?? runs);
  const columns: Column<Model>[] = [
    { title: 'Model', cell: ({ name }) => name.replace(/@[^@]*$/, '') },
    { title: 'Version', cell: ({ name }) => /@([^@]*)$/.exec(name)?.[1] ?? '–' },
    {
      title: 'In use',
      cell: ({ name }) =>
        name === inUse.model ? '● in use' : name === configured ? '● by configuration' : '–',
    },
    { title: 'Since', cell: ({ name }) => sinceOf(name, inUse.model, acts) },
    { title: 'Runs judged by it now', isNumber: true, cell: ({ runs }) => runs },
    { title: 'Known since', cell: ({ registeredAt }) => <Moment at={registeredAt} /> },
    { title: 'Choice', cell: choicesOf },
    { title: 'Gate', cell: ({ name }) => <div className={own.gate}>{gateInWords(name, acts)}</div> },
  ];
  const { previous } = inUse;
  return (
    <>
      <p className={styles.quiet}>
        {inUse.model === null
          ? `Nobody has chosen a model: workers use that of their configuration${state?.model ? `; ${state.model} judged run ${state.run}` : ''}.`
          : `${inUse.model} is in use${inUse.pinned ? ' and pinned: retraining does not change it' : ''}.`}{' '}
        {byOthers > 0
          ? `${byOthers} of ${runs} runs still show what other models said, until workers have judged them anew.`
          : ''}{' '}
        {trained ? '' : 'No candidate was trained yet.'}{' '}
        {mayChoose ? '' : 'To put models in use, refuse them and roll back needs the role Admin.'}
      </p>
      <LabelPreview isOpen={isPreviewOpen} />
      {choice.failure}
      <DataTable
        columns={columns}
        rows={models.filter((model) => withRefused || model.refused === null)}
        keyOf={({ name }) => name}
      />
      <div className={styles.pager}>
        <Button
          variant="secondary"
          icon="history"
          disabled={previous === null || !mayChoose}
          onClick={() =>
            previous !== null && choice.ask({ kind: 'roll back', model: previous, from: inUse.model })
          }
        >
          {previous === null ? 'Nothing to roll back to' : `Roll back to ${previous}`}
        </Button>
        {refused > 0 ? (
          <Button
            variant="secondary"
            fill="text"
            aria-pressed={withRefused}
            onClick={() => setWithRefused(!withRefused)}
          >
            {withRefused ? 'Hide' : 'Show'} {refused} refused
          </Button>
        ) : null}
      </div>
      {candidate ? (
        <>
          <h2>Newest candidate: {candidate.name}</h2>
          <div className={own.candidate}>
            <span>
              {candidate.name === inUse.model ? '● in use' : gateInWords(candidate.name, acts)}
              {candidate.refused ? (
                <>
                  . Refused by {candidate.refused.by} <Moment at={candidate.refused.at} />:{' '}
                  {candidate.refused.reason}
                </>
              ) : null}
            </span>
            {candidate.refused ? null : choicesOf(candidate)}
          </div>
        </>
      ) : null}
      <CandidateReport report={trained?.report} />
      <details>
        <summary>What was done</summary>
        <DataTable columns={actColumns} rows={acts.slice(0, mostActs)} keyOf={({ id }) => id} />
      </details>
      {choice.dialog}
    </>
  );
}

const actColumns: Column<Act>[] = [
  { title: 'When', cell: ({ at }) => <Moment at={at} /> },
  { title: 'Who', cell: ({ actor }) => actor },
  { title: 'What', cell: ({ act }) => act.replace('-', ' ') },
  { title: 'Model', cell: ({ model }) => model },
  { title: 'Why', cell: ({ reason }) => reason },
];

function sinceOf(name: string, inUse: string | null, acts: readonly Act[]) {
  if (name !== inUse) return '–';
  const put = acts.find(({ act, model }) => model === name && (act === 'promoted' || act === 'rolled-back'));
  return put ? <Moment at={put.at} /> : 'not known';
}

/** What the gate said when the model was trained; nothing is no consent. */
function gateInWords(name: string, acts: readonly Act[]): string {
  const trained = acts.find(({ act, model }) => act === 'trained' && model === name);
  const gate = gateSchema.safeParse(trained?.report).data?.decision;
  if (!gate) return 'no training is known';
  return gate.promote ? 'passed' : `not passed: ${gate.reasons.join('; ')}`;
}

const getStyles = () => ({
  candidate: css({ alignItems: 'baseline', display: 'flex', flexWrap: 'wrap', gap: 16 }),
  // Reasons are sentences: what is chosen stands before them and stays in sight.
  gate: css({ maxWidth: '60ch', minWidth: '30ch', whiteSpace: 'normal' }),
});
