import React, { useCallback, useMemo, useRef, useState, type RefObject } from 'react';
import { css } from '@emotion/css';
import { Button, IconButton, useStyles2 } from '@grafana/ui';
import { locationService } from '@grafana/runtime';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberOfKey, formatChamber, isSameChamber, type ChamberId } from '@dtdqm/contract';
import { chamberParams } from '../../src/api/monitorApi.ts';
import { api } from '../../src/api/send.ts';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { usePanelKeys } from '../../src/components/panel.ts';
import { useQuery } from '../../src/components/useQuery.ts';
import { useDetector } from '../../src/components/useDetector.ts';
import { defaultOptions, type BarrelOptions } from '../../src/panels/barrel/options.ts';
import { BarrelPanel } from '../../src/panels/barrel/BarrelPanel.tsx';
import { IncidentsView } from '../../src/panels/incidents/IncidentsView.tsx';
import { logbookLine, type ListedFault, useChambers, useFaults } from '../../src/panels/incidents/faults.ts';
import { placeOfChange } from '../../src/panels/strip/ChangeList.tsx';
import { LiveRunBar, useLiveRun } from '../../src/panels/strip/LiveRunBar.tsx';
import { keyStyle } from '../../src/theme/theme.ts';
import { barrelFrame } from '../frames.ts';
import { goTo } from '../host.ts';
import { PastRuns } from '../PastRuns.tsx';
import { marksIn } from '../pastRuns.ts';
import { PanelHost } from '../PanelHost.tsx';
import { ChosenChamber } from './ChosenChamber.tsx';

/** The page's own keys; those of what is done to an incident stand on its buttons. */
const keys = {
  j: 'next fault',
  k: 'fault before',
  '⏎': 'open or close its card',
  a: 'acknowledge, or take it back',
  l: 'label the chamber',
  y: 'copy a line for the logbook, with the address',
  '/': 'search a chamber, run or incident',
  '?': 'these keys',
};
type OwnKey = 'l' | 'y' | '?';

/** A click on a chamber stays on this page. */
const link = '?at=W${wheel}_St${station}_Sec${sector}';

/**
 * The detector at a glance: the barrel, what is wrong beside it, and the chamber that is looked at below. What is looked at stands in
 * the address: `?at=` with the number of an incident or a chamber.
 */
export function NowPage({ query }: { query: URLSearchParams }) {
  const styles = useStyles2(getStyles);
  const detector = useDetector(api);
  const { refetch: refetchState } = detector;
  const run = detector.state?.run ?? null;
  const chambers = useChambers(api, run);
  const { refetch: refetchChambers } = chambers;
  const acted = useCallback(() => {
    refetchState();
    refetchChambers();
  }, [refetchState, refetchChambers]);
  const faults = useFaults(api, { showHealed: false, run, chambers: chambers.data, acted });
  const live = useLiveRun(api, detector);
  const past = useQuery(`past ${run}`, async () => (run === null ? null : api.past(run)), { every: 10_000 });
  const below = useCallback(
    (place: ChamberId) =>
      past.data ? <PastRuns isAside marks={marksIn(past.data, place)} chamber={place} /> : null,
    [past.data],
  );
  const at = query.get('at');
  const listed = useMemo(() => (faults.groups ?? []).flatMap((group) => group.faults), [faults.groups]);
  const { fault, chamber } = useMemo(() => placeOf(at, listed), [at, listed]);
  const walk = useCallback(({ key }: ListedFault) => {
    const address = `/?at=${encodeURIComponent(key)}`;
    // Walking is no step that the browser's back should take again.
    if (address !== window.location.pathname + window.location.search) locationService.replace(address);
  }, []);
  const meant = fault ?? (chamber ? null : (listed[0] ?? null));
  const [notice, setNotice] = useState('');
  const [helps, setHelps] = useState(false);
  const act = useCallback(
    (key: OwnKey) => {
      const place = meant ? meant.chamber : chamber;
      if (key === '?') return setHelps((before) => !before);
      if (run === null || !(meant ?? place)) return;
      const address = place && chamberParams({ run, ...place });
      if (key === 'l') return address ? goTo(`/eval/?open=${encodeURIComponent(address)}`) : undefined;
      // What is about the whole detector stands on this page.
      const url = `${window.location.origin}${address ? `/eval/${address}/` : `/?at=${meant?.key}`}`;
      copy(meant ? logbookLine(meant, run, url) : url).then(setNotice, () => setNotice(`Not copied: ${url}`));
    },
    [meant, chamber, run],
  );
  const page = useRef<HTMLElement>(document.body);
  usePanelKeys(page, true, ownKey, act, () => {
    setHelps(false);
    return helps;
  });
  const frames = useMemo(() => (chambers.data ? [barrelFrame(chambers.data)] : []), [chambers.data]);
  const options = useMemo(
    (): BarrelOptions => ({
      ...defaultOptions,
      layout: chamber ? 'wheels' : 'both',
      showHeadline: false,
      link,
    }),
    [chamber],
  );
  if (run === null || !chambers.data) {
    const problem = detector.problem ?? chambers.problem;
    if (problem) return <ProblemMessage problem={problem} retry={acted} />;
    if (detector.state && run === null) return <NothingYet />;
    return <Message icon="sync" title="Loading the detector" />;
  }
  return (
    <div className={chamber ? styles.withChamber : styles.page} data-old={detector.problem !== null}>
      <section className={styles.barrel} aria-label="Barrel">
        <PanelHost
          panel={BarrelPanel}
          frames={frames}
          options={options}
          variables={{ run, ...(chamber ?? {}) }}
        />
      </section>
      <section className={styles.faults} aria-label="Faults">
        <LiveRunBar live={live} open={(change) => goTo(`/eval/${chamberParams(placeOfChange(change))}/`)} />
        {faults.groups ? (
          <IncidentsView
            groups={faults.groups}
            run={run}
            detector={detector}
            problem={faults.problem}
            detailOf={api.incident}
            act={faults.act}
            open={(place, inRun) => goTo(`/eval/${chamberParams({ run: inRun ?? run, ...place })}/`)}
            walked={fault?.key ?? null}
            walk={walk}
            below={below}
            keysOf={page as RefObject<HTMLElement | null>}
          />
        ) : faults.problem ? (
          <ProblemMessage problem={faults.problem} retry={faults.refetch} />
        ) : (
          <Message icon="sync" title="Loading the faults" />
        )}
        <p className={styles.foot}>
          <span role="status">{notice}</span>
          <Button size="sm" variant="secondary" fill="text" onClick={() => setHelps(!helps)}>
            Keys <kbd className={styles.key}>?</kbd>
          </Button>
        </p>
        {helps ? <Keys close={() => setHelps(false)} /> : null}
      </section>
      {chamber ? (
        <section className={styles.chamber} aria-label="Chamber">
          <ChosenChamber key={formatChamber(chamber)} chamber={{ run, ...chamber }} />
        </section>
      ) : null}
    </div>
  );
}

/** What the address names: a fault of the list, and the chamber, which may have none. */
function placeOf(
  at: string | null,
  faults: readonly ListedFault[],
): { fault: ListedFault | null; chamber: ChamberId | null } {
  const chamber = chamberOfKey(at ?? '');
  const fault =
    faults.find(({ key }) => key === at) ??
    (chamber ? faults.find((each) => each.chamber && isSameChamber(each.chamber, chamber)) : undefined) ??
    null;
  return { fault, chamber: fault?.chamber ?? chamber };
}

function ownKey({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): OwnKey | null {
  if (ctrlKey || metaKey || altKey) return null;
  return key === 'l' || key === 'y' || key === '?' ? key : null;
}

/** Into the clipboard. @returns what to say of it. */
async function copy(text: string): Promise<string> {
  // Browsers give it to secure pages only; on others people copy what they are shown.
  if (!window.isSecureContext) return text;
  await navigator.clipboard.writeText(text);
  return `Copied: ${text}`;
}

function Keys({ close }: { close: () => void }) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.keys} role="dialog" aria-label="Keys">
      <IconButton name="times" aria-label="Close" onClick={close} />
      <dl>
        {Object.entries(keys).map(([key, words]) => (
          <React.Fragment key={key}>
            <dt>
              <kbd className={styles.key}>{key}</kbd>
            </dt>
            <dd>{words}</dd>
          </React.Fragment>
        ))}
      </dl>
    </div>
  );
}

function NothingYet() {
  return (
    <Message
      icon="sync"
      title="No run has been judged yet"
      action={<Button onClick={() => goTo('/fetch/')}>See the runs</Button>}
    >
      <p>The first runs are fetched as soon as the monitor starts; this page shows them by itself.</p>
    </Message>
  );
}

/** Below this width of the page, px, its parts stand over one another. */
const narrow = '@media (max-width: 900px)';

function getStyles(theme: GrafanaTheme2) {
  const { colors, shadows, spacing, typography, zIndex } = theme;
  const part = {
    background: colors.background.primary,
    border: `1px solid ${colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    display: 'flex',
    flexDirection: 'column',
    minHeight: 0,
    minWidth: 0,
    padding: spacing(1, 1.5),
    position: 'relative',
  } as const;
  const page = {
    display: 'grid',
    flex: '1 1 0',
    gap: spacing(1),
    gridTemplateColumns: 'minmax(0, 1.25fr) minmax(0, 1fr)',
    minHeight: 0,
    padding: spacing(1),
    // What was said before the monitor went away is not how the detector is now.
    '&[data-old="true"]': { filter: 'grayscale(1)', opacity: 0.45 },
    [narrow]: { display: 'flex', flex: 'none', flexDirection: 'column' },
  } as const;
  return {
    page: css({ ...page, gridTemplateRows: 'minmax(0, 1fr)' }),
    withChamber: css({ ...page, gridTemplateRows: 'minmax(0, 1fr) minmax(0, 1.1fr)' }),
    barrel: css({ ...part, [narrow]: { flex: 'none', height: 420 } }),
    faults: css({ ...part, [narrow]: { flex: 'none', minHeight: 300 } }),
    chamber: css({ ...part, gridColumn: '1 / -1', [narrow]: { flex: 'none', height: 420, order: 1 } }),
    foot: css({
      alignItems: 'center',
      color: colors.text.secondary,
      display: 'flex',
      fontSize: typography.bodySmall.fontSize,
      gap: spacing(1),
      justifyContent: 'space-between',
      margin: 0,
      overflowWrap: 'anywhere',
    }),
    key: css(keyStyle(theme)),
    keys: css({
      background: colors.background.secondary,
      border: `1px solid ${colors.border.medium}`,
      borderRadius: theme.shape.radius.default,
      bottom: spacing(5),
      boxShadow: shadows.z3,
      padding: spacing(1.5),
      position: 'absolute',
      right: spacing(1.5),
      zIndex: zIndex.dropdown,
      '& dl': { display: 'grid', gap: spacing(0.5, 1), gridTemplateColumns: 'auto 1fr', margin: 0 },
      '& dd': { margin: 0 },
    }),
  };
}
