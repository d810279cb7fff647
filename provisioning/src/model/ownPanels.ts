import type { BarrelOptions } from '../../../plugin/src/panels/barrel/options.ts';
import type { ChamberOptions } from '../../../plugin/src/panels/chamber/options.ts';
import type { IncidentsOptions } from '../../../plugin/src/panels/incidents/options.ts';
import { panelIds } from '../names.ts';
import { steps } from './field.ts';
import { panel, type Panel, type PanelFields } from './panel.ts';

/** The barrel; options that are not given are the panel's defaults. */
export function barrel(fields: PanelFields & { options: Partial<BarrelOptions> & { alarm: number } }): Panel {
  const { options } = fields;
  return panel(panelIds.barrel, fields, {
    options: { ...options },
    fieldConfig: { defaults: { thresholds: steps({ from: options.alarm, as: 'loud' }) }, overrides: [] },
  });
}

/** One chamber; options that are not given are the panel's defaults. */
export function chamber(fields: PanelFields & { options: Partial<ChamberOptions> }): Panel {
  return panel(panelIds.chamber, fields, {
    options: { ...fields.options },
    fieldConfig: { defaults: {}, overrides: [] },
  });
}

/** Incidents, to look at and to act on; it asks the monitor itself. Options that are not given are the panel's defaults. */
export function incidents(
  fields: Omit<PanelFields, 'queries'> & { options: Partial<IncidentsOptions> },
): Panel {
  return panel(
    panelIds.incidents,
    { ...fields, queries: [] },
    { options: { ...fields.options }, fieldConfig: { defaults: {}, overrides: [] } },
  );
}
