import React from 'react';
import { css } from '@emotion/css';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { saliencyMethodNames } from '@dtdqm/contract';
import { chamberViews, viewLabels, type ChamberOptions, type ChamberViewName } from './options.ts';
import { cornerRadius, type Theme } from '../../theme/theme.ts';

type Method = ChamberOptions['saliencyMethod'];

const saliencyViews: readonly ChamberViewName[] = ['hits-and-saliency', 'side-by-side', 'saliency'];

interface Props {
  view: ChamberViewName;
  setView: (view: ChamberViewName) => void;
  options: ChamberOptions;
  change: (options: Partial<ChamberOptions>) => void;
  /** Views for which the data is there. */
  available: readonly ChamberViewName[];
  width: number;
}

/** What is drawn and how, one click away. */
export function ViewControls({ view, setView, options, change, available, width }: Props) {
  const styles = useStyles2(getStyles);
  const views = chamberViews.filter((name) => available.includes(name));
  return (
    <div className={styles.controls}>
      <RadioButtonGroup
        size="sm"
        aria-label="View"
        value={view}
        options={views.map((value) => ({ value, label: viewLabels[value] }))}
        onChange={setView}
      />
      {saliencyViews.includes(view) && width > 520 ? (
        <MethodChooser
          method={options.saliencyMethod}
          choose={(saliencyMethod) => change({ saliencyMethod })}
        />
      ) : null}
      {width > 760 ? (
        <>
          <RadioButtonGroup
            size="sm"
            aria-label="Palette"
            value={options.palette}
            options={[
              { value: 'viridis', label: 'Viridis' },
              { value: 'cividis', label: 'Cividis' },
              { value: 'cms', label: 'CMS' },
              { value: 'grey', label: 'Grey' },
            ]}
            onChange={(palette: ChamberOptions['palette']) => change({ palette })}
          />
          <RadioButtonGroup
            size="sm"
            aria-label="Colour scale"
            value={options.scale}
            options={[
              { value: 'linear', label: 'Lin' },
              { value: 'log', label: 'Log' },
            ]}
            onChange={(scale: ChamberOptions['scale']) => change({ scale })}
          />
          <RadioButtonGroup
            size="sm"
            aria-label="Reach of the scale"
            value={options.reach}
            options={[
              { value: 'chamber', label: 'Chamber' },
              { value: 'layer', label: 'Layer' },
              { value: 'fixed', label: 'Fixed' },
            ]}
            onChange={(reach: ChamberOptions['reach']) => change({ reach })}
          />
        </>
      ) : null}
    </div>
  );
}

function MethodChooser({ method, choose }: { method: Method; choose: (method: Method) => void }) {
  const styles = useStyles2(getStyles);
  return (
    <select
      aria-label="Method of saliency"
      className={styles.select}
      value={method}
      onChange={(event) => choose(event.currentTarget.value as Method)}
    >
      <option value="stored">saliency as stored</option>
      {saliencyMethodNames.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function getStyles(theme: Theme) {
  const { colors, components, spacing, typography } = theme;
  return {
    controls: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(1) }),
    select: css({
      background: components.input.background,
      border: `1px solid ${components.input.borderColor}`,
      borderRadius: cornerRadius(theme),
      color: components.input.text,
      fontSize: typography.bodySmall.fontSize,
      height: spacing(3),
      padding: spacing(0, 1),
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}` },
    }),
  };
}
