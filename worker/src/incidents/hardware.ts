import { readFileSync } from 'node:fs';
import { superlayerOfLayer, type Span } from '@dtdqm/contract';
import { z } from 'zod';
import { cellsIn, layersIn } from './spans.ts';
import type { Extent } from './track.ts';

const templateSchema = z.strictObject({
  hardware: z.string(),
  layers: z.enum(['one', 'superlayer', 'chamber']),
  extent: z.enum(['whole', 'half', 'part', 'any']),
  /** Wires in each layer. */
  wires: z.strictObject({ least: z.int(), most: z.int() }).optional(),
});

const hardwareSchema = z.strictObject({
  about: z.string(),
  sources: z.array(z.string()).min(1),
  /** What cannot be told, because no map of it is known to us. */
  notMapped: z.string(),
  templates: z.array(templateSchema),
});

type Hardware = z.infer<typeof hardwareSchema>;

/** The first template that fits names the hardware: what is smaller goes before what is greater. */
const files = ['cell', 'frontEnd', 'readout', 'highVoltage', 'chamber'];

const known: readonly Hardware[] = files.map((name) =>
  hardwareSchema.parse(JSON.parse(readFileSync(new URL(`./hardware/${name}.json`, import.meta.url), 'utf8'))),
);

/** What hardware a fault of this shape points to, as well as the templates tell, and what of it is not mapped. */
export function hardwareOf(spans: readonly Span[], extent: Extent): string {
  const shape = shapeOf(layersIn(spans));
  const wires = cellsIn(spans) / layersIn(spans).length;
  for (const { templates, notMapped } of known) {
    const template = templates.find(
      (each) =>
        each.layers === shape &&
        (each.extent === 'any' || each.extent === extent) &&
        wires >= (each.wires?.least ?? 0) &&
        wires <= (each.wires?.most ?? Infinity),
    );
    if (template !== undefined) return `${template.hardware}; ${notMapped} not mapped`;
  }
  return 'not mapped';
}

/** Three of the four layers of a superlayer are as good as all: one more may have kept a trickle of hits. */
function shapeOf(layers: readonly number[]): 'one' | 'superlayer' | 'chamber' | 'other' {
  if (layers.length === 1) return 'one';
  const superlayers = new Set(layers.map(superlayerOfLayer)).size;
  if (layers.length < 3 * superlayers) return 'other';
  return superlayers === 1 ? 'superlayer' : 'chamber';
}
