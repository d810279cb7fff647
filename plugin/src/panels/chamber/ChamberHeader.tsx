import React from 'react';
import { css } from '@emotion/css';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { chamberLabel } from '@dtdqm/contract';
import type { MonitorApi } from '../../api/monitorApi.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import { isBlind } from '../../labelling/session.ts';
import { inputStyle } from '../../theme/theme.ts';
import { optionsOf } from '../../components/panel.ts';
import {
  paletteLabels,
  reachLabels,
  scaleLabels,
  viewLabels,
  type ChamberOptions,
  type ChamberViewName,
} from './options.ts';
import { OutboxBadge } from './OutboxStatus.tsx';
import type { Labelling } from './useLabelling.ts';
import { useQuery } from '../../components/useQuery.ts';

/** Which chamber this is, its state, why the queue chose it, and whether the answers have arrived. */
export function ChamberHeading({
  model,
  labelling,
}: {
  model: ChamberModel | null;
  labelling: Labelling | null;
}) {
  const styles = useStyles2(getStyles);
  const session = labelling?.state.session;
  const bad = model?.layers.filter(({ verdict }) => verdict === 'bad').map(({ layer }) => layer) ?? [];
  return (
    <header className={styles.heading}>
      {model?.chamber ? <span className={styles.chamber}>{chamberLabel(model.chamber)}</span> : null}
      {model?.run ? <span className={styles.run}>run {model.run}</span> : null}
      {bad.length ? (
        <span className={styles.bad}>
          ▲ {bad.length === 1 ? `layer ${bad[0]} bad` : `${bad.length} layers bad`}
        </span>
      ) : null}
      {session?.task?.reason ? <span className={styles.reason}>{session.task.reason}</span> : null}
      {session && isBlind(session) ? (
        <span className={styles.reason}>blind: scores and other labels appear after your answer</span>
      ) : null}
      <span className={styles.space} />
      {labelling ? <OutboxBadge labelling={labelling} /> : null}
    </header>
  );
}

const saliencyViews: readonly ChamberViewName[] = ['hits-and-saliency', 'side-by-side', 'saliency'];

interface ViewControlsProps {
  api: MonitorApi;
  model: ChamberModel;
  view: ChamberViewName;
  options: ChamberOptions;
  change: (options: Partial<ChamberOptions>) => void;
  /** Views for which the data is there. */
  available: readonly ChamberViewName[];
  /** CSS pixels; what does not fit is left out. */
  width: number;
}

/** What is drawn and how, one click away. */
export function ViewControls({ api, model, view, options, change, available, width }: ViewControlsProps) {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.controls}>
      <RadioButtonGroup
        size="sm"
        aria-label="View"
        value={view}
        options={optionsOf(viewLabels).filter(({ value }) => available.includes(value))}
        onChange={(chosen) => change({ view: chosen })}
      />
      {saliencyViews.includes(view) && width > 520 ? (
        <SaliencyMethodChoice
          api={api}
          model={model}
          value={options.saliencyMethod}
          change={change}
          className={styles.select}
        />
      ) : null}
      {width > 760 ? (
        <>
          <RadioButtonGroup<ChamberOptions['palette']>
            size="sm"
            aria-label="Palette"
            value={options.palette}
            options={optionsOf(paletteLabels)}
            onChange={(palette) => change({ palette })}
          />
          <RadioButtonGroup
            size="sm"
            aria-label="Colour scale"
            value={options.scale}
            options={optionsOf(scaleLabels)}
            onChange={(scale) => change({ scale })}
          />
          <RadioButtonGroup
            size="sm"
            aria-label="Range of the scale"
            value={options.reach}
            options={optionsOf(reachLabels)}
            onChange={(reach) => change({ reach })}
          />
        </>
      ) : null}
    </div>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors, spacing, typography } = theme;
  return {
    heading: css({ alignItems: 'baseline', display: 'flex', flexWrap: 'wrap', gap: spacing(0.5, 2) }),
    chamber: css({
      fontSize: typography.h3.fontSize,
      fontVariantNumeric: 'tabular-nums',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.2,
    }),
    run: css({ color: colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
    bad: css({ color: colors.error.text, fontWeight: typography.fontWeightMedium }),
    reason: css({ color: colors.text.secondary, fontSize: typography.bodySmall.fontSize }),
    space: css({ flex: 1 }),
    controls: css({
      display: 'flex',
      flexWrap: 'wrap',
      gap: spacing(1),
      '& > *': { maxWidth: '100%', overflowX: 'auto' },
    }),
    select: css({
      ...inputStyle(theme),
      fontSize: typography.bodySmall.fontSize,
      height: spacing(3),
    }),
  };
}

interface SaliencyMethodChoiceProps {
  api: MonitorApi;
  model: ChamberModel;
  value: ChamberOptions['saliencyMethod'];
  change: (options: Partial<ChamberOptions>) => void;
  className: string;
}

/** Methods of saliency that the monitor offers for the run: not every model can be explained by each. */
function SaliencyMethodChoice({ api, model, value, change, className }: SaliencyMethodChoiceProps) {
  const { chamber, run } = model;
  // All chambers of a run were judged by one model, and the answer holds the whole saliency of the chamber that it is about.
  const { data } = useQuery(`offered ${chamber && run}`, async () =>
    chamber && run !== null ? (await api.saliency({ run, ...chamber })).offered : [],
  );
  const isOdd = value !== 'stored' && !data?.includes(value);
  return (
    <select
      aria-label="Method of saliency"
      className={className}
      value={value}
      onChange={({ currentTarget }) =>
        change({ saliencyMethod: currentTarget.value as ChamberOptions['saliencyMethod'] })
      }
    >
      <option value="stored">saliency as stored</option>
      {isOdd ? <option value={value}>{`${value}${data ? ': not offered, as stored' : ''}`}</option> : null}
      {data?.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
