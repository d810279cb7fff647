import React, { type ReactNode } from 'react';
import { css, cx } from '@emotion/css';
import { IconButton, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { api } from '../src/api/send.ts';
import { followLink } from './host.ts';
import { Headline } from '../src/components/Headline.tsx';
import { DetectorContext, useDetector } from '../src/components/useDetector.ts';
import { Search } from './Search.tsx';

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
  now: { href: '/', text: 'Now' },
  incidents: { href: '/incidents/', text: 'Incidents' },
  label: { href: '/eval/', text: 'Label' },
  runs: { href: '/fetch/', text: 'Runs' },
  net_scores: { href: '/data/net_scores/', text: 'Scores' },
  new_net_scores: { href: '/data/new_net_scores/', text: 'New scores' },
  contamination: { href: '/data/contamination/', text: 'Contamination' },
  reports: { href: '/reports/', text: 'Reports' },
};
export type Section = keyof typeof sections;

interface Props {
  mode: ThemeMode;
  setMode: (mode: ThemeMode) => void;
  /** Where the page belongs; null for what stands nowhere. */
  section: Section | null;
  children: ReactNode;
}

/** What stands around every page: name, navigation, search, theme, and how the detector stands, asked for once for all of the page. */
export function Shell({ mode, setMode, section, children }: Props) {
  const styles = useStyles2(getStyles);
  const detector = useDetector(api);
  const other = mode === 'dark' ? 'light' : 'dark';
  return (
    <DetectorContext.Provider value={detector}>
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
          <Search />
          <IconButton
            name="adjust-circle"
            size="lg"
            aria-label={`Switch to the ${other} theme`}
            onClick={() => setMode(other)}
          />
        </header>
        <div className={styles.strip}>
          <Headline detector={detector} isLarge={section === 'now'} />
        </div>
        <main className={styles.main}>{children}</main>
      </div>
    </DetectorContext.Provider>
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

function getStyles({ colors, spacing, typography }: GrafanaTheme2) {
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
    strip: css({
      background: colors.background.primary,
      borderBottom: `1px solid ${colors.border.weak}`,
      padding: spacing(0.5, 2),
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
