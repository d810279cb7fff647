import React from 'react';
import { Button, useStyles2 } from '@grafana/ui';
import type { Incident, IncidentDetail } from '@dtdqm/contract';
import { nextStep } from '../../api/problem.ts';
import { KeyButton, Moment } from '../../components/controls.tsx';
import { useQuery } from '../../components/useQuery.ts';
import { actsFor } from '../../incidents/acts.ts';
import { eventInWords, evidenceInWords } from '../../incidents/inWords.ts';
import { ActForm } from './ActForm.tsx';
import { getIncidentStyles } from './incidentStyles.ts';
import type { Acting } from './useActing.ts';

interface Props {
  incident: Incident;
  acting: Acting;
  detailOf: (incident: number) => Promise<IncidentDetail>;
  open: (incident: Incident) => void;
  /** Gives the keyboard back to the row. */
  leave: () => void;
}

/** What is known of one incident, what has been done about it, and what can be. */
export function IncidentCard({ incident, acting, detailOf, open, leave }: Props) {
  const styles = useStyles2(getIncidentStyles);
  const { incident: number, lastRun, state } = incident;
  // Without its history a card still says the rest; the list itself tells when the monitor cannot be reached.
  const { data: asked } = useQuery(`incident ${number}`, () => detailOf(number), {
    version: `${lastRun} ${state}`,
  });
  const own = acting.incident === number;
  const answered = own && acting.detail?.incident.incident === number ? acting.detail : null;
  const detail = answered && answered.events.length >= (asked?.events.length ?? 0) ? answered : asked;
  const problem = own ? acting.problem : null;
  return (
    <div className={styles.card}>
      <p className={styles.evidence}>
        Incident {number} · {incident.hardware ? `${incident.hardware} · ` : ''}
        {evidenceInWords(incident)}
        {detail?.links.length ? ` · linked with ${detail.links.join(', ')}` : ''}
        {detail?.absorbed.length ? ` · includes ${detail.absorbed.join(', ')}` : ''}
      </p>
      <div className={styles.acts} role="toolbar" aria-label={`Incident ${number}`}>
        {actsFor(incident).map((binding) => (
          <KeyButton
            key={binding.action}
            shown={binding.key}
            label={binding.label}
            fill={own && acting.binding === binding ? 'solid' : 'outline'}
            disabled={acting.isBusy}
            onClick={() => acting.begin(incident, binding)}
          />
        ))}
        <Button size="sm" variant="secondary" fill="text" icon="eye" onClick={() => open(incident)}>
          Look at the chamber
        </Button>
      </div>
      {own && acting.binding && acting.binding.needs !== 'nothing' ? (
        <ActForm binding={acting.binding} acting={acting} leave={leave} />
      ) : null}
      {problem ? (
        <p className={styles.problem} role="alert">
          {problem.kind === 'conflict' || problem.kind === 'refused' || problem.kind === 'not-found'
            ? problem.message
            : `${nextStep[problem.kind].title}. ${nextStep[problem.kind].advice}`}{' '}
          {problem.isTransient ? (
            <Button size="sm" variant="secondary" onClick={acting.send}>
              Try again
            </Button>
          ) : null}
        </p>
      ) : null}
      <ol className={styles.events} aria-label="History">
        {[...(detail?.events ?? [])]
          .reverse()
          .slice(0, 12)
          .map((event, index) => (
            <li key={`${event.at} ${event.action} ${index}`}>
              <span className={styles.when}>
                <Moment at={event.at} /> · run {event.run}
              </span>
              {eventInWords(event)}
            </li>
          ))}
      </ol>
    </div>
  );
}
