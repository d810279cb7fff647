import type { Field } from '@grafana/data';
import { mostColours, type HeatmapStyle, type Look } from '../../heatmap/look.ts';
import { paletteColours } from '../../heatmap/palette.ts';
import type { ChamberOptions } from './options.ts';

/**
 * Colours and scale of the heatmap. With the palette `field`, Grafana's own colour scheme and thresholds of the hits field decide:
 * it is asked for its colour at 128 places of the scale.
 *
 * @param top hits at the upper end of the scale.
 */
export function heatmapStyle(
  options: ChamberOptions,
  look: Look,
  field: Field | null,
  top: number,
): HeatmapStyle {
  const scale = { kind: options.scale, reach: options.reach, fixedMax: options.fixedMax };
  const display = options.palette === 'field' ? field?.display : undefined;
  const colours = display
    ? Array.from(
        { length: mostColours },
        (_, step) => display(((step + 0.5) / mostColours) * top).color ?? look.text,
      )
    : paletteColours(options.palette === 'field' ? 'viridis' : options.palette, mostColours);
  return { look, colours, scale };
}
