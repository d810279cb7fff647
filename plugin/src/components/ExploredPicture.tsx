import React, { useLayoutEffect, useRef, type DOMAttributes, type PointerEvent, type ReactNode } from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import type { GrafanaTheme2 } from '@grafana/data';
import { paint, type DrawCommand } from '../heatmap/paint.ts';
import { visuallyHidden } from '../theme/theme.ts';

interface Props {
  width: number;
  height: number;
  pixelRatio: number;
  commands: readonly DrawCommand[];
  /** Drawn over it, and anew with every move of the pointer. */
  marks: readonly DrawCommand[];
  label: string;
  /** What is pointed at, in words, for who does not see it; empty where nothing is. */
  spoken: string;
  /** Of pointer and keys, for the element that is as large as the picture. */
  handlers: DOMAttributes<HTMLElement>;
  /** Tooltips. */
  children: ReactNode;
}

/** A drawn picture that pointer and arrow keys explore place by place. */
export function ExploredPicture({ label, spoken, handlers, commands, marks, children, ...size }: Props) {
  const styles = useStyles2(getStyles);
  const { width, height } = size;
  return (
    <div
      className={styles.frame}
      style={{ width, height }}
      // A picture that arrow keys explore cell by cell; what they find is read out below.
      role="application"
      aria-label={label}
      tabIndex={0}
      {...handlers}
    >
      <Canvas {...size} commands={commands} />
      <Canvas {...size} className={styles.above} commands={marks} />
      {children}
      <span className={visuallyHidden} aria-live="polite">
        {spoken}
      </span>
    </div>
  );
}

/** Where the pointer is in the picture, CSS pixels from its corner. */
export function positionIn(event: PointerEvent): { x: number; y: number } {
  const { left, top } = event.currentTarget.getBoundingClientRect();
  return { x: event.clientX - left, y: event.clientY - top };
}

interface CanvasProps {
  width: number;
  height: number;
  pixelRatio: number;
  commands: readonly DrawCommand[];
  className?: string;
}

/** A canvas that shows drawing commands. It says nothing to screen readers: the table beside it does. */
function Canvas({ width, height, pixelRatio, commands, className }: CanvasProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context) paint(context, commands, { width, height }, pixelRatio);
  }, [commands, width, height, pixelRatio]);
  return (
    <canvas
      ref={canvas}
      aria-hidden
      className={className}
      width={Math.round(width * pixelRatio)}
      height={Math.round(height * pixelRatio)}
      style={{ width, height, display: 'block' }}
    />
  );
}

function getStyles({ colors }: GrafanaTheme2) {
  return {
    frame: css({
      cursor: 'crosshair',
      position: 'relative',
      touchAction: 'pan-y',
      userSelect: 'none',
      '&:focus-visible': { outline: `2px solid ${colors.primary.border}`, outlineOffset: -2 },
    }),
    above: css({ left: 0, pointerEvents: 'none', position: 'absolute', top: 0 }),
  };
}
