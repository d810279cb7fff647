import React, {
  useCallback,
  useEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type RefObject,
} from 'react';
import { cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { type ChamberId, type IncidentAct, type IncidentDetail, type Standing } from '@dtdqm/contract';
import { nextStep, type Problem } from '../../api/problem.ts';
import { Headline } from '../../components/Headline.tsx';
import { Message } from '../../components/Message.tsx';
import type { Detector } from '../../components/useDetector.ts';
import { useKeptFocus, usePanelKeys } from '../../components/panel.ts';
import { plainKeyOf } from '../../components/press.ts';
import { actOfKey, useActing, type ActBinding } from './acts.ts';
import { seenInWords, type FaultGroup, type ListedFault } from './faults.ts';
import { careInWords, sinceInWords, standingSigns } from './model.ts';
import { IncidentCard } from './IncidentCard.tsx';
import { getIncidentStyles } from './styles.ts';

export interface IncidentsViewProps {
  groups: readonly FaultGroup[];
  /** The run that faults are said to be in or not; null before the first. */
  run: number | null;
  detector: Detector;
  /** Why the list may be out of date. */
  problem: Problem | null;
  detailOf: (incident: number) => Promise<IncidentDetail>;
  act: (incident: number, act: IncidentAct) => Promise<IncidentDetail>;
  open: (chamber: ChamberId, run: number | null) => void;
  /** Key of the fault that was walked to; of one that is not there, the first counts. */
  walked: string | null;
  walk: (fault: ListedFault) => void;
  /** What stands below the line of a chamber's fault, such as its past. */
  below?: (chamber: ChamberId) => React.ReactNode;
  /** Where keys are heard; only inside the list unless given. */
  keysOf?: RefObject<HTMLElement | null>;
}

type Intent = { step: 1 | -1 } | { binding: ActBinding };

const steps: Partial<Record<string, 1 | -1>> = { j: 1, k: -1 };

/** What is wrong, the loudest first. Arrow keys or j and k walk it, Enter opens one, and keys say what is done about it. */
export function IncidentsView(props: IncidentsViewProps) {
  const { groups, run, detector, problem, detailOf, act, open, walked, walk, below, keysOf } = props;
  const styles = useStyles2(getIncidentStyles);
  const panel = useRef<HTMLDivElement>(null);
  const inOrder = useMemo(() => groups.flatMap(({ faults }) => faults), [groups]);
  const [opened, setOpened] = useState<string | null>(null);
  const chosen = inOrder.find(({ key }) => key === walked) ?? null;
  const current = chosen ?? inOrder[0] ?? null;
  const acting = useActing(act);
  const { begin, cancel } = acting;
  const rowOf = useCallback(
    (key: string | undefined) => panel.current?.querySelector<HTMLElement>(`[data-fault="${key}"]`) ?? null,
    [],
  );
  // An address may name one far down.
  const chosenKey = chosen?.key;
  useEffect(() => rowOf(chosenKey)?.scrollIntoView({ block: 'nearest' }), [chosenKey, rowOf]);
  const stepTo = useCallback(
    (step: 1 | -1) => {
      // The first step goes to the first fault, not past it.
      const next = chosen ? inOrder[inOrder.indexOf(chosen) + step] : inOrder[0];
      if (!next) return;
      walk(next);
      rowOf(next.key)?.focus();
    },
    [chosen, inOrder, walk, rowOf],
  );
  const read = useCallback(
    (event: globalThis.KeyboardEvent): Intent | null => {
      const step = steps[plainKeyOf(event) ?? ''];
      if (step) return { step };
      const binding = current?.incident ? actOfKey(event, current.incident) : null;
      return binding && { binding };
    },
    [current],
  );
  const start = useCallback(
    (intent: Intent) => {
      if ('step' in intent) return stepTo(intent.step);
      if (!current?.incident) return;
      // What is done to it moves it in the list: it stays the one that is meant.
      walk(current);
      setOpened(current.key);
      begin(current.incident, intent.binding);
    },
    [current, begin, walk, stepTo],
  );
  // Escape puts away what was begun, then the card that is open.
  const isActing = acting.binding !== null;
  const dismiss = useCallback(() => {
    if (!isActing && opened === null) return false;
    if (isActing) cancel();
    else setOpened(null);
    rowOf(current?.key)?.focus();
    return true;
  }, [isActing, opened, cancel, current, rowOf]);
  usePanelKeys(keysOf ?? panel, true, read, start, dismiss);
  // What is done to an incident moves it to another group, and its row is made anew there.
  useKeptFocus(panel, () => rowOf(current?.key));
  const onKeyDown = (event: KeyboardEvent) => {
    const step = ({ ArrowDown: 1, ArrowUp: -1 } as const)[event.key as 'ArrowDown'];
    const isOnRow = event.target instanceof HTMLElement && event.target.hasAttribute('data-fault');
    if (!step || !isOnRow) return;
    event.preventDefault();
    event.stopPropagation();
    stepTo(step);
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
      onKeyDown={onKeyDown}
    >
      <Summary faults={inOrder} run={run} />
      {problem ? (
        <p className={styles.stale} role="status">
          {nextStep[problem.kind].title}: what stands below may be out of date.
        </p>
      ) : null}
      {groups.length === 0 ? (
        <Message icon="info-circle" title="No incident is open">
          {/* Whether that is good news only the state of the detector can say. */}
          <Headline detector={detector} />
        </Message>
      ) : null}
      <div className={styles.list}>
        {groups.map(({ standing, faults }) => (
          <section key={standing} aria-label={standingSigns[standing].title}>
            <h2 className={styles.group}>
              {standingSigns[standing].title} · {faults.length}
            </h2>
            <ul className={styles.rows}>
              {faults.map((fault) => (
                <li key={fault.key}>
                  <FaultRow
                    fault={fault}
                    run={run}
                    hasFocus={fault === current}
                    isChosen={fault === chosen}
                    isOpen={fault.key === opened}
                    onFocus={() => walk(fault)}
                    toggle={() => setOpened(fault.key === opened ? null : fault.key)}
                  />
                  {below && fault.chamber ? <div className={styles.below}>{below(fault.chamber)}</div> : null}
                  {fault.key === opened ? (
                    <FaultCard
                      fault={fault}
                      acting={acting}
                      detailOf={detailOf}
                      open={open}
                      leave={() => rowOf(fault.key)?.focus()}
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
function Summary({ faults, run }: { faults: readonly ListedFault[]; run: number | null }) {
  const styles = useStyles2(getIncidentStyles);
  const count = (...wanted: Standing[]) => faults.filter(({ standing }) => wanted.includes(standing)).length;
  const [fresh, once, answered] = [count('new'), count('unconfirmed'), count('acknowledged', 'shelved')];
  return (
    <header className={styles.summary}>
      <span className={cx(styles.big, fresh > 0 && styles.loud)}>
        {fresh > 0 ? `${fresh} new` : 'nothing new'}
      </span>
      {once > 0 ? <span className={styles.loud}>{once} unconfirmed</span> : null}
      <span>{answered} answered</span>
      {run === null ? null : <span>as of run {run}</span>}
    </header>
  );
}

interface FaultRowProps {
  fault: ListedFault;
  run: number | null;
  /** True for the one row that Tab reaches. */
  hasFocus: boolean;
  isChosen: boolean;
  isOpen: boolean;
  onFocus: () => void;
  toggle: () => void;
}

/** One fault in a line: how loud, where, what, since when, whether it is still there, and who has it. */
function FaultRow({ fault, run, hasFocus, isChosen, isOpen, onFocus, toggle }: FaultRowProps) {
  const styles = useStyles2(getIncidentStyles);
  const { key, name, standing, incident, kind, place, sinceRun } = fault;
  const { severity } = incident ?? {};
  return (
    <button
      type="button"
      data-fault={key}
      tabIndex={hasFocus ? 0 : -1}
      aria-expanded={isOpen}
      aria-current={isChosen ? 'true' : undefined}
      className={cx(styles.row, styles[standing], isChosen && styles.chosen)}
      onFocus={onFocus}
      onClick={toggle}
    >
      <span className={styles.glyph} aria-hidden>
        {standingSigns[standing].glyph}
      </span>
      <span className={styles.chamber}>{name}</span>
      <span className={styles.what}>
        {kind} <span className={styles.where}>{place}</span>
      </span>
      <span className={cx(styles.severity, severity === 'critical' && standing === 'new' && styles.critical)}>
        {severity}
      </span>
      <span className={styles.since}>
        {incident ? sinceInWords(incident) : sinceRun === null ? '' : `since run ${sinceRun}`}
      </span>
      <span className={styles.seen}>{seenInWords(fault, run)}</span>
      <span className={styles.care}>{incident ? careInWords(incident) : ''}</span>
    </button>
  );
}

type FaultCardProps = Omit<React.ComponentProps<typeof IncidentCard>, 'incident' | 'open'> & {
  fault: ListedFault;
  open: IncidentsViewProps['open'];
};

/** What is known of it; of what was seen once, that nothing can be said of it yet. */
function FaultCard({ fault: { incident, chamber, lastRun }, open, ...rest }: FaultCardProps) {
  const styles = useStyles2(getIncidentStyles);
  const look = chamber && (() => open(chamber, lastRun));
  if (incident) return <IncidentCard incident={incident} open={look} {...rest} />;
  return (
    <div className={styles.card}>
      <p className={styles.evidence}>
        Seen once, in run {lastRun}. An incident is opened when another run shows it; then it can be answered.
      </p>
    </div>
  );
}
