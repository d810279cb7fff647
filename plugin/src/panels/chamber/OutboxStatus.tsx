import React, { useContext } from 'react';
import { css, cx } from '@emotion/css';
import { Alert, Button, Icon, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel, layersOf, type ChamberId, type LabelVerdict } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { nextStep } from '../../api/problem.ts';
import { useQuery } from '../../components/useQuery.ts';
import { errorInWords } from '../../labelling/modelError.ts';
import type { OutboxEntry } from '../../labelling/outbox.ts';
import { spanInWords } from '../../strip/moments.ts';
import { LabelPlacingContext, type Labelling } from './useLabelling.ts';

/** Whether the answers have arrived. Quiet when they have; says what is wrong while sending pauses. */
export function OutboxBadge({ labelling: { controller, state } }: { labelling: Labelling }) {
  const styles = useStyles2(getStyles);
  const { pending, problem } = state.outbox;
  if (problem && pending > 0) {
    return (
      <button
        type="button"
        className={cx(styles.badge, styles.waiting)}
        onClick={() => controller.outbox.retry()}
        title={problem.message}
      >
        <Icon name="exclamation-triangle" /> {pending} waiting: {nextStep[problem.kind].title.toLowerCase()}
      </button>
    );
  }
  return (
    <span className={styles.badge} role="status">
      <Icon name={pending ? 'sync' : 'check'} /> {pending ? `${pending} on the way` : 'all saved'}
    </span>
  );
}

/** How far labelling has come, as the API tells it, so that a reload or another browser says the same. */
export function LabelProgress({ api, labelling }: { api: MonitorApi; labelling: Labelling }) {
  const styles = useStyles2(getStyles);
  const { sent } = labelling.state.outbox;
  const { data } = useQuery('label progress', () => api.progress(), { version: sent, every: 60_000 });
  if (!data) return null;
  const { mine, total, waiting, leased, error } = data;
  const { labels = 0, skips = 0, perHour = null } = mine.session ?? {};
  const rate = perHour === null ? '' : ` (${Math.round(perHour)} an hour)`;
  return (
    <span className={styles.progress}>
      <span title="Without a pause of half an hour">
        this session {labels} labelled, {skips} skipped{rate}
      </span>
      <span title="All that you labelled and did not take back">mine {mine.labels}</span>
      <span title="Chambers that wait for a label or are being labelled, of those of runs that are over">
        queue {waiting + leased} of {total} left
      </span>
      {error && error.chambers > 0 ? (
        <span
          title={`${error.model}, by ${error.chambers} chambers that were drawn at random and answered blind`}
        >
          {errorInWords(error)}
        </span>
      ) : null}
      {labels > 0 ? <PreviewLine api={api} version={sent} /> : null}
    </span>
  );
}

/** What the labels would do, and the first of what that does not know: how many layers and not which, as answers may be blind. */
function PreviewLine({ api, version }: { api: MonitorApi; version: number }) {
  const styles = useStyles2(getStyles);
  const list = useContext(LabelPlacingContext)?.preview;
  const { data } = useQuery('label preview', () => api.preview(), { version, every: 15_000 });
  if (!data) return null;
  const { summary, unknown, preview } = data;
  return (
    <span className={styles.preview} title={unknown.join(' ')}>
      {[summary, ...unknown.slice(0, 1)].join(' ')}{' '}
      {list && preview?.outlook ? (
        <a className={styles.link} href={list.href} onClick={list.follow}>
          Which layers
        </a>
      ) : null}
    </span>
  );
}

interface RejectedEntryProps {
  entry: OutboxEntry;
  resolve: (keep: 'mine' | 'theirs') => void;
}

/** An answer that the API did not take: both versions side by side, or the reason, and what can be done. */
export function RejectedEntry({ entry, resolve }: RejectedEntryProps) {
  if (entry.kind === 'undo') {
    return (
      <Alert severity="warning" title="An undo was refused" onRemove={() => resolve('theirs')}>
        {entry.problem?.message}
      </Alert>
    );
  }
  const chamber = entry.body as ChamberId & { run: number };
  const { span } = entry.kind === 'label' ? entry.body : {};
  const where = [chamberLabel(chamber), `run ${chamber.run}`, ...(span ? [spanInWords(span)] : [])].join(
    ', ',
  );
  if (entry.kind === 'label' && entry.conflict) {
    const { label } = entry.conflict.current;
    return (
      <Alert severity="warning" title={`Somebody else labelled ${where} meanwhile`}>
        <p>
          Yours: <strong>{verdictsInWords(entry.body.verdicts, chamber)}</strong>
          <br />
          {label ? `${label.by}, ${new Date(label.at).toLocaleString()}: ` : 'There: '}
          <strong>{label?.verdicts ? verdictsInWords(label.verdicts, chamber) : 'no label any more'}</strong>
        </p>
        <Button size="sm" onClick={() => resolve('mine')}>
          Mine stands
        </Button>{' '}
        <Button size="sm" variant="secondary" onClick={() => resolve('theirs')}>
          The other stands
        </Button>
      </Alert>
    );
  }
  return (
    <Alert severity="error" title={`The label of ${where} was refused`}>
      <p>{entry.problem?.message}</p>
      <Button size="sm" variant="secondary" onClick={() => resolve('theirs')}>
        Drop it
      </Button>
    </Alert>
  );
}

/** `bad: 9; others good`, for two answers to be compared at a glance. */
function verdictsInWords(verdicts: readonly (LabelVerdict | null)[], { station }: ChamberId): string {
  const built = layersOf(station);
  const layersWith = (verdict: LabelVerdict) => built.filter((layer) => verdicts[layer - 1] === verdict);
  const [bad, unsure] = [layersWith('bad'), layersWith('not-sure')];
  if (bad.length === 0 && unsure.length === 0) return 'all good';
  if (bad.length === built.length) return 'all bad';
  const parts = [
    bad.length ? `bad: ${bad.join(', ')}` : '',
    unsure.length ? `not sure: ${unsure.join(', ')}` : '',
  ];
  return `${parts.filter(Boolean).join('; ')}; others good`;
}

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
  return {
    badge: css({
      alignItems: 'center',
      background: 'none',
      border: 0,
      color: colors.text.secondary,
      display: 'inline-flex',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(0.5),
      padding: 0,
      whiteSpace: 'nowrap',
    }),
    progress: css({
      color: colors.text.secondary,
      display: 'inline-flex',
      flexWrap: 'wrap',
      fontVariantNumeric: 'tabular-nums',
      gap: spacing(0, 2),
    }),
    preview: css({ flexBasis: '100%' }),
    link: css({ color: colors.text.link, textDecoration: 'underline' }),
    waiting: css({ color: colors.warning.text }),
  };
}
