import React from 'react';
import { Button, type IconName } from '@grafana/ui';
import { nextStep, type Problem, type ProblemKind } from '../api/problem.ts';
import { Message } from './Message.tsx';

const icons: Partial<Record<ProblemKind, IconName>> = {
  unreachable: 'plug',
  unauthorised: 'lock',
  forbidden: 'lock',
  'not-found': 'search',
  'too-many': 'clock-nine',
  unavailable: 'database',
};

/** A failed request as a full page: what happened, what to do, what the API said, and a way to try again. */
export function ProblemMessage({ problem, retry }: { problem: Problem; retry?: (() => void) | undefined }) {
  const { title, advice } = nextStep[problem.kind];
  return (
    <Message
      urgent
      icon={icons[problem.kind] ?? 'exclamation-triangle'}
      title={title}
      action={
        retry ? (
          <Button variant="secondary" icon="sync" onClick={retry}>
            Try again
          </Button>
        ) : undefined
      }
    >
      <p>{advice}</p>
      <p>
        <code>{problem.message}</code>
      </p>
    </Message>
  );
}
