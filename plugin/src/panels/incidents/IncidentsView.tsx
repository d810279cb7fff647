import React, { useCallback, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import {
  chamberLabel,
  type Incident,
  type IncidentAct,
  type IncidentDetail,
  type Standing,
} from '@dtdqm/contract';
import { nextStep, type Problem } from '../../api/problem.ts';
import { Message } from '../../components/Message.tsx';
import { useKeptFocus, usePanelKeys } from '../../components/panel.ts';
import { actOfKey, useActing, type ActBinding } from './acts.ts';
import {
  careInWords,
  chamberOf,
  groupsOf,
  kindInWords,
  placeInWords,
  sinceInWords,
  standingOf,
  standingSigns,
} from './model.ts';
import { IncidentCard } from './IncidentCard.tsx';
import { getIncidentStyles } from './styles.ts';

export interface IncidentsViewProps {
  incidents: readonly Incident[];
  /** Newest run that the incidents are made of; null before the first. */
  asOfRun: number | null;
  /** Why the list may be out of date. */
  problem: Problem | null;
  detailOf: (incident: number) => Promise<IncidentDetail>;
  act: (incident: number, act: IncidentAct) => Promise<IncidentDetail>;
  open: (incident: Incident) => void;
}

/** Incidents, the loudest first. Arrow keys walk them, Enter opens one, and keys say what is done about it. */
export function IncidentsView({ incidents, asOfRun, problem, detailOf, act, open }: IncidentsViewProps) {
  const styles = useStyles2(getIncidentStyles);
  const panel = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => groupsOf(incidents), [incidents]);
  const inOrder = useMemo(() => groups.flatMap(({ incidents: members }) => members), [groups]);
  const [walked, setWalked] = useState<number | null>(null);
  const [opened, setOpened] = useState<number | null>(null);
  const current = inOrder.find(({ incident }) => incident === walked) ?? inOrder[0] ?? null;
  const acting = useActing(act);
  const { begin, cancel } = acting;
  const read = useCallback(
    (event: globalThis.KeyboardEvent) => (current ? actOfKey(event, current) : null),
    [current],
  );
  const start = useCallback(
    (binding: ActBinding) => {
      if (!current) return;
      setOpened(current.incident);
      begin(current, binding);
    },
    [current, begin],
  );
  const rowOf = useCallback(
    (incident: number | undefined) =>
      panel.current?.querySelector<HTMLElement>(`[data-incident="${incident}"]`) ?? null,
    [],
  );
  const dismiss = useCallback(() => {
    cancel();
    rowOf(current?.incident)?.focus();
  }, [cancel, current, rowOf]);
  usePanelKeys(panel, true, read, start, dismiss);
  // What is done to an incident moves it to another group, and its row is made anew there.
  useKeptFocus(panel, () => rowOf(current?.incident));
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const isOnRow = event.target instanceof HTMLElement && event.target.hasAttribute('data-incident');
    if (!step || !isOnRow || !current) return;
    const next = inOrder[inOrder.indexOf(current) + step];
    event.preventDefault();
    event.stopPropagation();
    if (!next) return;
    setWalked(next.incident);
    rowOf(next.incident)?.focus();
  };
  return (
    <div
      ref={panel}
      className={styles.panel}
      // Focusable, because keys act only while the focus is inside.
      tabIndex={-1}
      role="group"
      aria-label="Incidents"
      data-testid="incidents-panel"
      onKeyDown={walk}
    >
      <Summary incidents={incidents} asOfRun={asOfRun} />
      {problem ? (
        <p className={styles.stale} role="status">
          {nextStep[problem.kind].title}: what stands below may be out of date.
        </p>
      ) : null}
      {groups.length === 0 ? (
        <Message icon="check-circle" title="No incidents">
          <p>Nothing is wrong that the monitor can see. A fault that a run shows appears here by itself.</p>
        </Message>
      ) : null}
      <div className={styles.list}>
        {groups.map(({ standing, incidents: members }) => (
          <section key={standing} aria-label={standingSigns[standing].title}>
            <h2 className={styles.group}>
              {standingSigns[standing].title} · {members.length}
            </h2>
            <ul className={styles.rows}>
              {members.map((incident) => (
                <li key={incident.incident}>
                  <IncidentRow
                    incident={incident}
                    standing={standing}
                    hasFocus={incident === current}
                    isOpen={incident.incident === opened}
                    onFocus={() => setWalked(incident.incident)}
                    toggle={() => setOpened(incident.incident === opened ? null : incident.incident)}
                  />
                  {incident.incident === opened ? (
                    <IncidentCard
                      incident={incident}
                      acting={acting}
                      detailOf={detailOf}
                      open={open}
                      leave={() => rowOf(incident.incident)?.focus()}
                    />
                  ) : null}
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}

/** What must be read from afar: how many are new. */
function Summary({ incidents, asOfRun }: Pick<IncidentsViewProps, 'incidents' | 'asOfRun'>) {
  const styles = useStyles2(getIncidentStyles);
  const count = (...wanted: Standing[]) =>
    incidents.filter((incident) => wanted.includes(standingOf(incident))).length;
  const [fresh, answered] = [count('new'), count('acknowledged', 'shelved')];
  return (
    <header className={styles.summary}>
      <span className={cx(styles.big, fresh > 0 && styles.loud)}>
        {fresh > 0 ? `${fresh} new` : 'nothing new'}
      </span>
      <span>{answered} answered</span>
      {asOfRun === null ? null : <span>as of run {asOfRun}</span>}
    </header>
  );
}

interface IncidentRowProps {
  incident: Incident;
  standing: Standing;
  /** True for the one row that Tab reaches. */
  hasFocus: boolean;
  isOpen: boolean;
  onFocus: () => void;
  toggle: () => void;
}

/** One incident in a line: how loud, where, what, since when, and who has it. */
function IncidentRow({ incident, standing, hasFocus, isOpen, onFocus, toggle }: IncidentRowProps) {
  const styles = useStyles2(getIncidentStyles);
  const { severity } = incident;
  return (
    <button
      type="button"
      data-incident={incident.incident}
      tabIndex={hasFocus ? 0 : -1}
      aria-expanded={isOpen}
      className={cx(styles.row, styles[standing])}
      onFocus={onFocus}
      onClick={toggle}
    >
      <span className={styles.glyph} aria-hidden>
        {standingSigns[standing].glyph}
      </span>
      <span className={styles.chamber}>{chamberLabel(chamberOf(incident))}</span>
      <span className={styles.what}>
        {kindInWords(incident)} <span className={styles.where}>{placeInWords(incident)}</span>
      </span>
      <span className={cx(styles.severity, severity === 'critical' && standing === 'new' && styles.critical)}>
        {severity}
      </span>
      <span className={styles.since}>{sinceInWords(incident)}</span>
      <span className={styles.care}>{careInWords(incident)}</span>
    </button>
  );
}
