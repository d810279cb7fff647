import React from 'react';
import { cx } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { chamberLabel, type Incident } from '@dtdqm/contract';
import { careInWords, chamberOf, kindInWords, placeInWords, sinceInWords } from '../../incidents/inWords.ts';
import { standingSigns, type Standing } from '../../incidents/standing.ts';
import { getIncidentStyles } from './incidentStyles.ts';

interface Props {
  incident: Incident;
  standing: Standing;
  /** True for the one row that Tab reaches. */
  hasFocus: boolean;
  isOpen: boolean;
  onFocus: () => void;
  toggle: () => void;
}

/** One incident in a line: how loud, where, what, since when, and who has it. */
export function IncidentRow({ incident, standing, hasFocus, isOpen, onFocus, toggle }: Props) {
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
      <span
        className={cx(
          styles.severity,
          severity === 'critical' && (standing === 'new' || standing === 'open') && styles.critical,
        )}
      >
        {severity}
      </span>
      <span className={styles.since}>{sinceInWords(incident)}</span>
      <span className={styles.care}>{careInWords(incident)}</span>
    </button>
  );
}
