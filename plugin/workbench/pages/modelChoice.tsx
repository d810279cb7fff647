import React, { useState, type ReactNode } from 'react';
import { css } from '@emotion/css';
import { Alert, Button, ConfirmModal, Input, useStyles2 } from '@grafana/ui';
import type { Model } from '@dtdqm/contract';
import { newKey } from '../../src/api/monitorApi.ts';
import { asProblem, nextStep, type Problem } from '../../src/api/problem.ts';
import { api } from '../../src/api/send.ts';
import { Moment } from '../../src/components/controls.tsx';

/** What somebody wants done with a model, and is asked about first. */
interface Choice {
  kind: 'put in use' | 'refuse' | 'roll back';
  model: string;
  /** What goes out of use by a roll-back. */
  from?: string | null;
}

/** What stands in the question, and what is sent with the answer. */
const kinds = {
  'put in use': {
    title: ({ model }: Choice) => `Put ${model} in use?`,
    body: () =>
      'Workers go over to it within seconds and score all new runs by it, whatever the gate said. Scores that are stored stay until their runs are scored anew. It can be rolled back.',
    confirm: 'Put in use',
    send: api.promote,
  },
  refuse: {
    title: ({ model }: Choice) => `Refuse ${model}?`,
    body: () =>
      'It is not offered again, here or by a retraining that ends with the same weights. It stays stored, and putting it in use takes the refusal back.',
    confirm: 'Refuse',
    send: api.refuse,
  },
  'roll back': {
    title: ({ model }: Choice) => `Roll back to ${model}?`,
    body: ({ model, from }: Choice) =>
      `${from ?? 'The model in use'} goes out of use, and workers score all new runs by ${model} again within seconds. Scores that are stored stay until their runs are scored anew.`,
    confirm: 'Roll back',
    send: (_: string, choice: Parameters<typeof api.rollBack>[0]) => api.rollBack(choice),
  },
};

/** Asks before a model is put in use, refused or rolled back to, and says why that was not done. @param done called after each, done or not. */
export function useModelChoice(done: () => void): {
  ask: (choice: Choice) => void;
  dialog: ReactNode;
  failure: ReactNode;
} {
  const styles = useStyles2(getStyles);
  // One key a question: an answer that was lost on the way is sent again with it.
  const [asked, setAsked] = useState<(Choice & { key: string }) | null>(null);
  const [reason, setReason] = useState('');
  const [failure, setFailure] = useState<Problem | null>(null);
  const ask = (choice: Choice) => {
    setReason('');
    setFailure(null);
    setAsked({ ...choice, key: newKey() });
  };
  const carryOut = async ({ kind, model, key }: Choice & { key: string }) => {
    const why = reason.trim();
    const problem = await kinds[kind]
      .send(model, { idempotencyKey: key, ...(why ? { reason: why } : {}) })
      .then(
        () => null,
        (thrown: unknown) => asProblem(thrown),
      );
    setFailure(problem);
    // The question stays while the same answer may yet arrive.
    if (!problem?.isTransient) setAsked(null);
    done();
  };
  const told = failure ? (
    <Alert
      severity="error"
      title={failure.kind === 'conflict' ? 'The model was not changed' : nextStep[failure.kind].title}
      onRemove={() => setFailure(null)}
    >
      {failure.kind === 'conflict' ? '' : nextStep[failure.kind].advice} <code>{failure.message}</code>
    </Alert>
  ) : null;
  const words = asked && kinds[asked.kind];
  return {
    ask,
    failure: asked ? null : told,
    dialog: (
      <ConfirmModal
        isOpen={asked !== null}
        title={asked && words ? words.title(asked) : ''}
        body={
          <>
            {told}
            {asked && words ? words.body(asked) : ''}
            <Input
              className={styles.reason}
              aria-label="Why"
              placeholder="Why (kept with your name and the time)"
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
          </>
        }
        confirmText={words?.confirm ?? ''}
        confirmButtonVariant={asked?.kind === 'refuse' ? 'destructive' : 'primary'}
        onConfirm={() => void (asked && carryOut(asked))}
        onDismiss={() => setAsked(null)}
      />
    ),
  };
}

interface ChoicesProps {
  model: Model;
  inUse: string | null;
  /** What is in use while nobody has chosen: it can be chosen, not refused. */
  configured: string | null | undefined;
  mayChoose: boolean;
  ask: (choice: Choice) => void;
}

/** What can be done with a model that is not in use. */
export function ModelChoices({
  model: { name: model, refused },
  inUse,
  configured,
  mayChoose,
  ask,
}: ChoicesProps) {
  const styles = useStyles2(getStyles);
  if (model === inUse) return null;
  const button = (kind: 'put in use' | 'refuse', text: string, label: string) => (
    <Button
      size="sm"
      variant="secondary"
      fill={kind === 'refuse' ? 'outline' : 'solid'}
      aria-label={label}
      disabled={!mayChoose}
      {...(mayChoose ? {} : { tooltip: 'Needs the role Admin' })}
      onClick={() => ask({ kind, model })}
    >
      {text}
    </Button>
  );
  return (
    <span className={styles.choices}>
      {button('put in use', 'Put in use', `Put ${model} in use`)}
      {refused ? (
        <span>
          refused by {refused.by} <Moment at={refused.at} />
        </span>
      ) : model === configured ? null : (
        button('refuse', 'Refuse', `Refuse ${model}`)
      )}
    </span>
  );
}

const getStyles = () => ({
  choices: css({ display: 'inline-flex', flexWrap: 'wrap', gap: 8 }),
  reason: css({ marginTop: 16 }),
});
