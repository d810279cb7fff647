import React, { type ReactNode } from 'react';
import { css, cx } from '@emotion/css';
import { IconButton, useStyles2 } from '@grafana/ui';
import { followLink } from './host/location.ts';
import type { Mode } from './host/mode.ts';
import { RunStrip } from './RunStrip.tsx';
import type { Section } from './routes.tsx';
import type { Theme } from '../src/theme/theme.ts';

interface Props {
  mode: Mode;
  setMode: (mode: Mode) => void;
  section: Section;
  children: ReactNode;
}

const links: { section: Exclude<Section, null>; href: string; text: string }[] = [
  { section: 'barrel', href: '/', text: 'Barrel' },
  { section: 'incidents', href: '/incidents/', text: 'Incidents' },
  { section: 'label', href: '/eval/', text: 'Label' },
  { section: 'runs', href: '/fetch/', text: 'Runs' },
  { section: 'scores', href: '/data/net_scores/', text: 'Scores' },
  { section: 'new-scores', href: '/data/new_net_scores/', text: 'New scores' },
  { section: 'contamination', href: '/data/contamination/', text: 'Contamination' },
];

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
          {links.map(({ section: own, href, text }) => (
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
