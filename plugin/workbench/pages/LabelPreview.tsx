import React from 'react';
import { useStyles2 } from '@grafana/ui';
import type { ChangedVerdicts } from '@dtdqm/contract';
import { api } from '../../src/api/send.ts';
import { Moment } from '../../src/components/controls.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { percent, Places } from './CandidateReport.tsx';
import { getListStyles } from './ScoresPage.tsx';

/** The page of models with the layers listed that labels would change. */
export const previewAddress = '/reports/models/?preview=open';

/** What the labels in force would do: one sentence, what it does not know, and the layers, each of which can be opened. */
export function LabelPreview({ isOpen }: { isOpen: boolean }) {
  const styles = useStyles2(getListStyles);
  const { data } = useQuery('label preview', () => api.preview(), { every: 15_000 });
  if (!data) return null;
  const { summary, unknown, preview } = data;
  const outlook = preview?.outlook;
  return (
    <section aria-label="What labels would do">
      <h2>What labels would do</h2>
      <p>
        {summary} {unknown.join(' ')}
      </p>
      {preview && outlook ? (
        <>
          <p className={styles.quiet}>
            Worked out <Moment at={preview.madeAt} /> in {Math.ceil(preview.seconds)} s from{' '}
            {preview.labels.bad} bad and {preview.labels.good} good layers for {preview.model}, over runs{' '}
            {outlook.runs.first} to {outlook.runs.last}. Nothing stored is changed by it; a retraining is
            judged before it counts.
          </p>
          <Changed title="would be bad" changed={outlook.more} isOpen={isOpen} />
          <Changed title="would not be bad any more" changed={outlook.fewer} isOpen={isOpen} />
        </>
      ) : null}
    </section>
  );
}

function Changed({ title, changed, isOpen }: { title: string; changed: ChangedVerdicts; isOpen: boolean }) {
  const { count, listed } = changed;
  const few = listed.length < count ? `; ${listed.length} are listed` : '';
  return (
    <Places
      title={`${count} ${count === 1 ? 'layer' : 'layers'} that ${title}${few}`}
      places={listed}
      tell={({ before, after }) => `P(bad) ${percent(before)} now, ${percent(after)} then`}
      most={listed.length}
      isOpen={isOpen}
    />
  );
}
