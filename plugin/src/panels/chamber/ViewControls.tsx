import React from 'react';
import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { RadioButtonGroup, useStyles2 } from '@grafana/ui';
import { chamberViews, viewLabels, type ChamberOptions, type ChamberViewName } from './options.ts';

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

function getStyles({ spacing }: GrafanaTheme2) {
  return { controls: css({ display: 'flex', flexWrap: 'wrap', gap: spacing(1) }) };
}
