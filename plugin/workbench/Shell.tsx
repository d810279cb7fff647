import React, { type ReactNode } from 'react';
import { css, cx } from '@emotion/css';
import { IconButton, useStyles2 } from '@grafana/ui';
import { api } from '../src/api/send.ts';
import { followLink } from './host.ts';
import type { Theme } from '../src/theme/theme.ts';
import type { Run } from '@dtdqm/contract';
import { statusWords } from '../src/app/useRuns.ts';
import { Moment, useNow } from '../src/components/controls.tsx';
import { useQuery } from '../src/components/useQuery.ts';

export type ThemeMode = 'dark' | 'light';

const storageKey = 'dtdqm.theme';

/** The chosen theme; dark unless chosen otherwise, because control rooms are. */
export function readMode(): ThemeMode {
  try {
    return localStorage.getItem(storageKey) === 'light' ? 'light' : 'dark';
  } catch {
    return 'dark';
  }
}

export function writeMode(mode: ThemeMode): void {
  try {
    localStorage.setItem(storageKey, mode);
  } catch {
    // A browser that keeps nothing still shows the theme until the next reload.
    return;
  }
}

/** Pages of the navigation, in its order. */
const sections = {
  barrel: { href: '/', text: 'Barrel' },
  incidents: { href: '/incidents/', text: 'Incidents' },
  label: { href: '/eval/', text: 'Label' },
  runs: { href: '/fetch/', text: 'Runs' },
  net_scores: { href: '/data/net_scores/', text: 'Scores' },
  new_net_scores: { href: '/data/new_net_scores/', text: 'New scores' },
  contamination: { href: '/data/contamination/', text: 'Contamination' },
};
export type Section = keyof typeof sections;

interface Props {
  mode: ThemeMode;
  setMode: (mode: ThemeMode) => void;
  /** Where the page belongs; null for what stands nowhere. */
  section: Section | null;
  children: ReactNode;
}

/** What stands around every page: name, navigation, state of the newest run, theme. */
export function Shell({ mode, setMode, section, children }: Props) {
  const styles = useStyles2(getStyles);
  const other = mode === 'dark' ? 'light' : 'dark';
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <h1 className={styles.title}>
          <a className={styles.name} href="/" onClick={followLink}>
            <Logo /> DT occupancy
          </a>
        </h1>
        <nav aria-label="Pages" className={styles.nav}>
          {Object.entries(sections).map(([own, { href, text }]) => (
            <a
              key={own}
              href={href}
              onClick={followLink}
              aria-current={own === section ? 'page' : undefined}
              className={cx(styles.link, own === section && styles.here)}
            >
              {text}
            </a>
          ))}
        </nav>
        <RunStrip />
        <IconButton
          name="adjust-circle"
          size="lg"
          aria-label={`Switch to the ${other} theme`}
          onClick={() => setMode(other)}
        />
      </header>
      <main className={styles.main}>{children}</main>
    </div>
  );
}

/** A sector of the barrel: four stations over one another. */
function Logo() {
  return (
    <svg viewBox="0 0 24 24" width={22} height={22} aria-hidden fill="currentColor">
      <path d="M9.6 19.5h4.8l.5 2H9.1zM8.5 14.5h7l.6 2.6H7.9zM7.3 9.2h9.4l.7 2.9H6.6zM5.9 3h12.2l.9 3.7H5z" />
    </svg>
  );
}

function getStyles({ colors, spacing, typography }: Theme) {
  return {
    page: css({
      background: colors.background.canvas,
      color: colors.text.primary,
      display: 'flex',
      flexDirection: 'column',
      minHeight: '100%',
      height: '100%',
    }),
    head: css({
      alignItems: 'center',
      background: colors.background.primary,
      borderBottom: `1px solid ${colors.border.weak}`,
      display: 'flex',
      flexWrap: 'wrap',
      gap: spacing(0.5, 3),
      padding: spacing(0.75, 2),
    }),
    title: css({ ...typography.body, lineHeight: 1, margin: 0 }),
    name: css({
      alignItems: 'center',
      color: colors.text.primary,
      display: 'inline-flex',
      fontWeight: typography.fontWeightMedium,
      gap: spacing(1),
      whiteSpace: 'nowrap',
    }),
    nav: css({ display: 'flex', flex: '1 1 auto', flexWrap: 'wrap', gap: spacing(0.5) }),
    link: css({
      borderBottom: '2px solid transparent',
      color: colors.text.secondary,
      padding: spacing(0.75, 1),
      '&:hover': { color: colors.text.primary },
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
    here: css({ borderBottomColor: colors.text.primary, color: colors.text.primary }),
    main: css({ display: 'flex', flex: '1 1 0', flexDirection: 'column', minHeight: 0, overflow: 'auto' }),
  };
}

const refreshEvery = 10_000;
/** A run this old means that nothing new arrives: worth saying. */
const staleAfter = 6 * 3_600_000;

/** The newest run and how it stands; stale data is visibly stale. */
export function RunStrip() {
  const strip = useStyles2(getStripStyles);
  const { data, problem } = useQuery('newest', () => api.runs(), { every: refreshEvery });
  const now = useNow(refreshEvery);
  const newest = data?.runs[0];
  if (problem) return <span className={cx(strip.strip, strip.loud)}>not connected</span>;
  if (!newest) return <span className={strip.strip}>{data ? 'no run yet' : ''}</span>;
  const isStale = now - Date.parse(newest.updatedAt) > staleAfter;
  return (
    <span className={cx(strip.strip, isStale && strip.loud)}>
      run {newest.run} · {standingOf(newest)} · <Moment at={newest.updatedAt} />
      {isStale ? ' · stale' : ''}
    </span>
  );
}

function standingOf({ status, badLayers }: Run): string {
  if (status !== 'FINISHED') return statusWords[status];
  if (!badLayers) return 'no bad layers';
  return badLayers === 1 ? '1 bad layer' : `${badLayers} bad layers`;
}

function getStripStyles({ colors, typography }: Theme) {
  return {
    strip: css({
      color: colors.text.secondary,
      fontSize: typography.bodySmall.fontSize,
      fontVariantNumeric: 'tabular-nums',
    }),
    loud: css({ color: colors.warning.text }),
  };
}
