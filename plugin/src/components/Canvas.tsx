import React, { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Command } from '../heatmap/commands.ts';
import { paint } from '../heatmap/paint.ts';

interface Props {
  width: number;
  height: number;
  pixelRatio: number;
  commands: readonly Command[];
  className?: string;
}

/** A canvas that shows drawing commands. It says nothing to screen readers: the table beside it does. */
export function Canvas({ width, height, pixelRatio, commands, className }: Props) {
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

/** Device pixels per CSS pixel; follows zoom and moves between displays. */
export function usePixelRatio(): number {
  const [ratio, setRatio] = useState(() => window.devicePixelRatio || 1);
  useEffect(() => {
    const query = window.matchMedia(`(resolution: ${ratio}dppx)`);
    const update = () => setRatio(window.devicePixelRatio || 1);
    query.addEventListener('change', update);
    return () => query.removeEventListener('change', update);
  }, [ratio]);
  return ratio;
}
