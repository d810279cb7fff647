import React from 'react';
import { chamberLabel, layersOf, type ChamberId, type LabelVerdict } from '@dtdqm/contract';
import { Alert, Button } from '@grafana/ui';
import type { OutboxEntry } from '../../labelling/outboxEntry.ts';

interface Props {
  entry: OutboxEntry;
  decide: (mine: boolean) => void;
}

/** An answer that the API did not take: both versions side by side, or the reason, and what can be done. */
export function StuckCard({ entry, decide }: Props) {
  if (entry.kind === 'undo') {
    return (
      <Alert severity="warning" title="An undo was refused" onRemove={() => decide(false)}>
        {entry.problem?.message}
      </Alert>
    );
  }
  const chamber = entry.body as ChamberId & { run: number };
  const where = `${chamberLabel(chamber)}, run ${chamber.run}`;
  if (entry.kind === 'label' && entry.conflict) {
    const { label } = entry.conflict.current;
    return (
      <Alert severity="warning" title={`Somebody else labelled ${where} meanwhile`}>
        <p>
          Yours: <strong>{inWords(entry.body.verdicts, chamber)}</strong>
          <br />
          {label ? `${label.by}, ${new Date(label.at).toLocaleString()}: ` : 'There: '}
          <strong>{label?.verdicts ? inWords(label.verdicts, chamber) : 'no label any more'}</strong>
        </p>
        <Choices decide={decide} />
      </Alert>
    );
  }
  return (
    <Alert severity="error" title={`The label of ${where} was refused`}>
      <p>{entry.problem?.message}</p>
      <Button size="sm" variant="secondary" onClick={() => decide(false)}>
        Drop it
      </Button>
    </Alert>
  );
}

function Choices({ decide }: Pick<Props, 'decide'>) {
  return (
    <>
      <Button size="sm" onClick={() => decide(true)}>
        Mine stands
      </Button>{' '}
      <Button size="sm" variant="secondary" onClick={() => decide(false)}>
        The other stands
      </Button>
    </>
  );
}

/** `layer 9 bad, others good`, for two answers to be compared at a glance. */
function inWords(verdicts: readonly (LabelVerdict | null)[], { station }: ChamberId): string {
  const built = layersOf(station);
  const of = (verdict: LabelVerdict) => built.filter((layer) => verdicts[layer - 1] === verdict);
  const [bad, unsure] = [of('bad'), of('not-sure')];
  if (bad.length === 0 && unsure.length === 0) return 'all good';
  if (bad.length === built.length) return 'all bad';
  const parts = [
    bad.length ? `bad: ${bad.join(', ')}` : '',
    unsure.length ? `not sure: ${unsure.join(', ')}` : '',
  ];
  return `${parts.filter(Boolean).join('; ')}; others good`;
}
