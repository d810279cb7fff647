import type { Command } from './commands.ts';
import type { Box } from './layout.ts';
import type { Look } from './look.ts';
import type { ScaleKind } from './scale.ts';
import { colourTicks } from './ticks.ts';

const tickSpacing = 56;

export interface ColourBar {
  box: Box;
  colours: readonly string[];
  look: Look;
  pixelRatio: number;
  /** Written at the left, e.g. `hits / wire`. */
  title: string;
  scale: { kind: ScaleKind; max: number } | { symmetric: number };
  format: (value: number) => string;
}

/** A lying colour bar: low end left, ticks below, title above. */
export function colourBarCommands({
  box,
  colours,
  look,
  pixelRatio,
  title,
  scale,
  format,
}: ColourBar): Command[] {
  const snap = (value: number) => Math.round(value * pixelRatio) / pixelRatio;
  const fills = colours.map((colour, index): Command => {
    const left = snap(box.x + (index * box.width) / colours.length);
    const right = snap(box.x + ((index + 1) * box.width) / colours.length);
    return { do: 'fill', colour, alpha: 1, rects: [left, box.y, right - left, box.height] };
  });
  const ticks = ticksOf(scale, Math.max(2, Math.floor(box.width / tickSpacing)));
  const bottom = box.y + box.height;
  return [
    ...fills,
    {
      do: 'fill',
      colour: look.mutedText,
      alpha: 1,
      rects: ticks.flatMap(({ place }) => [box.x + place * box.width, bottom, 1 / pixelRatio, 3]),
    },
    {
      do: 'text',
      colour: look.mutedText,
      font: look.smallFont,
      align: 'center',
      baseline: 'top',
      texts: ticks.map(({ place, value }) => ({
        x: box.x + place * box.width,
        y: bottom + 4,
        text: format(value),
      })),
    },
    {
      do: 'text',
      colour: look.mutedText,
      font: look.smallFont,
      align: 'right',
      baseline: 'middle',
      texts: [{ x: box.x - 8, y: box.y + box.height / 2, text: title }],
    },
  ];
}

function ticksOf(scale: ColourBar['scale'], atMost: number) {
  if ('symmetric' in scale) {
    return [-1, 0, 1].map((sign) => ({ value: sign * scale.symmetric, place: (sign + 1) / 2 }));
  }
  return colourTicks(scale.kind, scale.max, atMost);
}
