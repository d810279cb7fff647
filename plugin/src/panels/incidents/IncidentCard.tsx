import React, { useEffect, useRef, type FormEvent } from 'react';
import { Button, Input, useStyles2 } from '@grafana/ui';
import type { Incident, IncidentDetail } from '@dtdqm/contract';
import { nextStep } from '../../api/problem.ts';
import { KeyButton, Moment } from '../../components/controls.tsx';
import { useQuery } from '../../components/useQuery.ts';
import { actsFor, type ActBinding, type ActFields, type Acting, type ActNeeds } from './acts.ts';
import { eventInWords, evidenceInWords } from './model.ts';
import { getIncidentStyles } from './styles.ts';

interface IncidentCardProps {
  incident: Incident;
  acting: Acting;
  detailOf: (incident: number) => Promise<IncidentDetail>;
  /** Null where there is no chamber to open. */
  open: (() => void) | null;
  /** Gives the keyboard back to the row. */
  leave: () => void;
}

/** What is known of one incident, what has been done about it, and what can be. */
export function IncidentCard({ incident, acting, detailOf, open, leave }: IncidentCardProps) {
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
        {open ? (
          <Button size="sm" variant="secondary" fill="text" icon="eye" onClick={open}>
            Look at the chamber
          </Button>
        ) : null}
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

type TextField = Exclude<keyof ActFields, 'days'>;

/** Fields that an act asks for, in their order; a comment may go with every act. */
const fieldsOf: Record<ActNeeds, readonly TextField[]> = {
  nothing: [],
  comment: ['comment'],
  shelf: ['owner', 'reason'],
  other: ['other', 'comment'],
  part: ['layers', 'wires', 'comment'],
};

const fieldLabels: Record<TextField, string> = {
  comment: 'Comment',
  owner: 'Who looks after it',
  reason: 'Why it may be quiet',
  other: 'Number of the other incident',
  layers: 'Layers, e.g. 1, 3',
  wires: 'Wires, e.g. 10-20',
};

const durations = [
  [1, 'one day'],
  [7, 'one week'],
  [30, 'one month'],
  [180, 'half a year'],
] as const;

interface ActFormProps {
  binding: ActBinding;
  acting: Acting;
  leave: () => void;
}

/** What has to be said with an act. Enter sends it, Esc leaves it. */
function ActForm({ binding, acting, leave }: ActFormProps) {
  const styles = useStyles2(getIncidentStyles);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), [binding]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    acting.send();
  };
  const cancel = () => {
    acting.cancel();
    leave();
  };
  return (
    <form ref={form} className={styles.form} aria-label={binding.label} onSubmit={submit}>
      {fieldsOf[binding.needs].map((name) => (
        <label key={name} className={styles.field}>
          {fieldLabels[name]}
          <Input
            value={acting.fields[name]}
            onChange={(event) => acting.change({ [name]: event.currentTarget.value })}
          />
        </label>
      ))}
      {binding.needs === 'shelf' ? (
        <label className={styles.field}>
          For
          <select
            className={styles.select}
            value={acting.fields.days}
            onChange={(event) => acting.change({ days: Number(event.currentTarget.value) })}
          >
            {durations.map(([days, label]) => (
              <option key={days} value={days}>
                {label}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <Button type="submit" size="sm" disabled={acting.isBusy}>
        {binding.label}
      </Button>
      <Button size="sm" variant="secondary" fill="outline" onClick={cancel}>
        Cancel
      </Button>
      {acting.fault ? (
        <span className={styles.fault} role="alert">
          {acting.fault}
        </span>
      ) : null}
    </form>
  );
}
