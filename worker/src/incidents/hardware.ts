import { readFileSync } from 'node:fs';
import { incidentKinds, incidentKindSchema, type IncidentKind, type Span } from '@dtdqm/contract';
import { z } from 'zod';
import { cellsIn, layersIn, superlayersIn } from './spans.ts';
import { extents, type Extent } from './track.ts';

const templateSchema = z.strictObject({
  hardware: z.string(),
  /** Only faults of these kinds; without it those that lack hits. */
  kinds: z.array(incidentKindSchema).optional(),
  layers: z.enum(['one', 'superlayer', 'chamber', 'any']),
  extent: z.enum([...extents, 'any']),
  /** Wires in each layer. */
  wires: z.strictObject({ least: z.int(), most: z.int() }).optional(),
  /** Faults of this shape in several superlayers of a chamber are one. Without it they stay several. */
  oneFault: z
    .strictObject({
      /** In how many they must be: fewer may lie alike by chance. */
      superlayers: z.union([z.literal('all'), z.int().min(2).max(3)]),
      /** By how many wires their ends may differ. */
      ends: z.int().min(0),
      /** And the shares of their hits that are left. */
      ratio: z.number().min(0).max(1),
      /** What the whole is called where the name of a part would be wrong. */
      renamed: z.partialRecord(incidentKindSchema, incidentKindSchema).default({}),
    })
    .optional(),
});

const hardwareSchema = z.strictObject({
  about: z.string(),
  sources: z.array(z.string()).min(1),
  /** What cannot be told, because no map of it is known to us. */
  notMapped: z.string(),
  templates: z.array(templateSchema),
});

type Hardware = z.infer<typeof hardwareSchema>;

/** The first template that fits names the hardware: what has kinds of its own, then what is smaller before what is greater. */
const files = ['mapping', 'thresholds', 'cell', 'frontEnd', 'readout', 'highVoltage', 'chamber'];

const known: readonly Hardware[] = files.map((name) =>
  hardwareSchema.parse(JSON.parse(readFileSync(new URL(`./hardware/${name}.json`, import.meta.url), 'utf8'))),
);

const ofTheirOwn = known.flatMap(({ templates }) => templates.flatMap(({ kinds = [] }) => kinds));
const lacking = incidentKinds.filter((kind) => !ofTheirOwn.includes(kind));

type Template = z.infer<typeof templateSchema>;
export type AcrossSuperlayers = Pick<Template, 'extent' | 'wires'> & NonNullable<Template['oneFault']>;

/** Hardware that serves several superlayers, in order of preference. */
export const hardwareAcrossSuperlayers: readonly AcrossSuperlayers[] = known
  .flatMap(({ templates }) => templates)
  .flatMap(({ oneFault, ...shape }) => (oneFault === undefined ? [] : [{ ...shape, ...oneFault }]));

/** What hardware a fault of this kind and shape points to, as well as the templates tell, and what of it is not mapped. */
export function hardwareOf(spans: readonly Span[], extent: Extent, kind: IncidentKind): string {
  if (spans.length === 0) return '';
  const shape = shapeOf(spans);
  const wires = cellsIn(spans) / layersIn(spans).length;
  for (const { templates, notMapped } of known) {
    const template = templates.find(
      (each) =>
        (each.kinds ?? lacking).includes(kind) &&
        (each.layers === 'any' || each.layers === shape) &&
        (each.extent === 'any' || each.extent === extent) &&
        wires >= (each.wires?.least ?? 0) &&
        wires <= (each.wires?.most ?? Infinity),
    );
    if (template !== undefined) return `${template.hardware}; ${notMapped} not mapped`;
  }
  return 'not mapped';
}

/** Three of the four layers of a superlayer are as good as all: one more may have kept a trickle of hits. */
function shapeOf(spans: readonly Span[]): 'one' | 'superlayer' | 'chamber' | 'other' {
  const layers = layersIn(spans);
  if (layers.length === 1) return 'one';
  const superlayers = superlayersIn(spans).length;
  if (layers.length < 3 * superlayers) return 'other';
  return superlayers === 1 ? 'superlayer' : 'chamber';
}
