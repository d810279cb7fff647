import React, { useMemo } from 'react';
import { css } from '@emotion/css';
import { useStyles2, useTheme2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { usePixelRatio } from '../../components/controls.tsx';
import { ExploredPicture } from '../../components/ExploredPicture.tsx';
import { heatmapStyle } from '../../heatmap/style.ts';
import { drawStrip, stripMarks } from '../../strip/stripDrawing.ts';
import type { StripLayout, StripPlace } from '../../strip/stripLayout.ts';
import type { StripModel } from '../../strip/stripModel.ts';
import { tellPlace } from '../../strip/told.ts';
import { tooltipStyle } from '../../theme/theme.ts';
import { defaultOptions } from '../chamber/options.ts';
import { useStripPointer, type ColumnRange } from './useStripPointer.ts';

interface Props {
  model: StripModel;
  width: number;
  height: number;
  chosen: ColumnRange | null;
  choose: (range: ColumnRange | null) => void;
  /** A layer was clicked. */
  openLayer: (layer: number) => void;
}

/** A chamber through a run as one picture that pointer and keys explore; the table of slices beside it says the same in words. */
export function StripPicture({ model, width, height, chosen, choose, openLayer }: Props) {
  const theme = useTheme2();
  const pixelRatio = usePixelRatio();
  const style = useMemo(() => heatmapStyle(defaultOptions, theme, null, 1), [theme]);
  const drawing = useMemo(
    () => drawStrip(model, style, { width, height, pixelRatio }),
    [model, style, width, height, pixelRatio],
  );
  const { layout } = drawing;
  const open = (row: number) => {
    const line = model.rows[row];
    if (line?.layer && line.exists) openLayer(line.layer);
  };
  const { hovered, drag, handlers } = useStripPointer(model, layout, chosen, { choose, open });
  const marks = useMemo(
    () => stripMarks(layout, { hovered, chosen: drag ?? chosen }, style.theme),
    [layout, hovered, drag, chosen, style.theme],
  );
  return (
    <ExploredPicture
      {...{ width, height, pixelRatio, marks, handlers }}
      commands={drawing.commands}
      label={`${model.layer === null ? 'Layers' : `Wires of layer ${model.layer}`} through the run. Arrow keys walk the slices, Shift with them chooses a span, Enter opens a layer.`}
      spoken={hovered ? sentenceOf(model, hovered) : ''}
    >
      {hovered ? <Tooltip model={model} layout={layout} place={hovered} /> : null}
    </ExploredPicture>
  );
}

function sentenceOf(model: StripModel, place: StripPlace): string {
  const told = tellPlace(model, place);
  return told ? [told.where, told.when, ...told.facts].join('. ') : '';
}

interface TooltipProps {
  model: StripModel;
  layout: StripLayout;
  place: StripPlace;
}

function Tooltip({ model, layout, place }: TooltipProps) {
  const styles = useStyles2(getStyles);
  const told = tellPlace(model, place);
  const [row, column] = [layout.rows[place.row], layout.columns[place.column]];
  if (!told || !row || !column) return null;
  const isRight = column.x > layout.size.width / 2;
  const isLow = row.y > layout.size.height / 2;
  const position = {
    ...(isRight ? { right: layout.size.width - column.x + 8 } : { left: column.x + column.width + 8 }),
    ...(isLow ? { bottom: layout.size.height - row.y - row.height } : { top: row.y }),
  };
  return (
    <div className={styles.tooltip} style={position} aria-hidden>
      <strong>{told.where}</strong>
      <div>{told.when}</div>
      <div className={styles.quiet}>{told.utc}</div>
      {told.facts.map((fact) => (
        <div key={fact}>{fact}</div>
      ))}
    </div>
  );
}

function getStyles(theme: GrafanaTheme2) {
  const { colors } = theme;
  return {
    tooltip: css({
      ...tooltipStyle(theme),
      fontVariantNumeric: 'tabular-nums',
      pointerEvents: 'none',
      whiteSpace: 'nowrap',
    }),
    quiet: css({ color: colors.text.secondary }),
  };
}
