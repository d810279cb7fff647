import React, { useState } from 'react';
import { css } from '@emotion/css';
import { Button, Icon, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel, type ChamberOfRun, type RunSpan, type SpanLabel } from '@dtdqm/contract';
import { type MonitorApi, newKey } from '../../api/monitorApi.ts';
import { asProblem, nextStep, type Problem } from '../../api/problem.ts';
import { KeyButton, Moment } from '../../components/controls.tsx';
import { type Intent, useKeys } from '../../labelling/keys.ts';
import type { OpenOutbox } from '../../labelling/useOutbox.ts';
import { spanInUtc, spanInWords } from '../../strip/moments.ts';
import { verdictsInWords } from '../../strip/words.ts';
import { RejectedEntry } from '../chamber/OutboxStatus.tsx';
import type { SpanLabelling } from './useSpanLabelling.ts';

interface BarProps {
  labelling: SpanLabelling;
  chamber: ChamberOfRun;
  span: RunSpan;
}

/** What is being labelled, said plainly, and every act with its key. */
export function SpanLabelBar({ labelling, chamber, span }: BarProps) {
  const styles = useStyles2(getStyles);
  const { bindingOf } = useKeys();
  const { session, act, open, close } = labelling;
  if (!session.task) return <KeyButton shown="l" label="Label this span" icon="tag-alt" onClick={open} />;
  const button = (name: 'all-good' | 'all-bad' | 'accept' | 'save', label?: string) => {
    const { intent, shown, label: usual } = bindingOf(name);
    const look = name === 'save' ? ({ variant: 'primary' } as const) : ({ fill: 'outline' } as const);
    return (
      <KeyButton
        key={name}
        shown={shown}
        label={label ?? usual}
        onClick={() => act(intent as Intent)}
        {...look}
      />
    );
  };
  return (
    <div className={styles.bar} role="toolbar" aria-label="Label this span">
      <p className={styles.subject}>
        You label <strong>{spanInWords(span)}</strong> of {chamberLabel(chamber)}, not the whole run{' '}
        {chamber.run}: click the layers, or press their keys.
      </p>
      {button('all-good')}
      {button('all-bad')}
      {button('accept')}
      {button('save', 'Save')}
      <KeyButton shown="Esc" label="Close" fill="outline" onClick={() => close()} />
      {session.notice ? <span role="status">{session.notice}</span> : null}
    </div>
  );
}

interface ListProps {
  api: MonitorApi;
  labels: readonly SpanLabel[];
  /** Why it is not known what was labelled. */
  problem: Problem | null;
  outbox: OpenOutbox | null;
  lookAt: (span: RunSpan) => void;
  refetch: () => void;
}

/** What experts said of spans of the run, a line each, with the way back; and what of one's own has not arrived. */
export function SpanLabelList({ api, labels, problem, outbox, lookAt, refetch }: ListProps) {
  const styles = useStyles2(getStyles);
  const [refused, setRefused] = useState<Problem | null>(null);
  const takeBack = (event: string) =>
    // The same key each time: an undo whose answer was lost is asked for again.
    api.undo({ event, idempotencyKey: `undo-of-span-${event}` }).then(
      () => {
        setRefused(null);
        refetch();
      },
      (thrown: unknown) => setRefused(asProblem(thrown)),
    );
  const { pending = 0, problem: sending = null, rejected = [] } = outbox?.status ?? {};
  return (
    <>
      {labels.length > 0 ? (
        <ul className={styles.list} aria-label="Labels of spans">
          {labels.map(({ id, span, verdicts, by, at, note, mine }) => (
            <li key={id}>
              <button
                type="button"
                className={styles.look}
                title={spanInUtc(span)}
                onClick={() => lookAt(span)}
              >
                <Icon name="tag-alt" /> {spanInWords(span)}: {verdictsInWords(verdicts ?? [])}
              </button>{' '}
              {by}, <Moment at={at} />
              {note ? `: ${note}` : ''}{' '}
              {mine ? (
                <Button size="sm" fill="text" onClick={() => void takeBack(id)}>
                  Take back
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
      {problem ? (
        <p role="alert" className={styles.warning}>
          What was labelled in this run is not known: {nextStep[problem.kind].title.toLowerCase()}
        </p>
      ) : null}
      {refused ? (
        <p role="alert" className={styles.warning}>
          Not taken back: {refused.message}
        </p>
      ) : null}
      {pending > 0 ? (
        <p role="status" className={sending ? styles.warning : styles.list}>
          {pending} label{pending === 1 ? '' : 's'}{' '}
          {sending ? `waiting: ${nextStep[sending.kind].title.toLowerCase()}` : 'on the way'}
        </p>
      ) : null}
      {rejected.map((entry) => (
        <RejectedEntry
          key={entry.key}
          entry={entry}
          resolve={(keep) => outbox?.outbox.resolve(entry, keep, newKey())}
        />
      ))}
    </>
  );
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  const small = { color: colors.text.secondary, fontSize: typography.bodySmall.fontSize, margin: 0 };
  return {
    bar: css({ alignItems: 'center', display: 'flex', flexWrap: 'wrap', gap: spacing(1) }),
    subject: css({ flexBasis: '100%', margin: 0 }),
    list: css({ ...small, fontVariantNumeric: 'tabular-nums', listStyle: 'none', padding: 0 }),
    look: css({
      background: 'none',
      border: 0,
      color: colors.text.primary,
      padding: spacing(0.25, 0.5),
      '&:hover': { background: colors.action.hover },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    warning: css({ ...small, color: colors.warning.text }),
  };
}
