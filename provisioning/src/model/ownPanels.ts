import { panelIds } from '../names.ts';
import { panel, type Panel, type PanelFields } from './panel.ts';
import { steps } from './field.ts';

/** Options as plugin/src/panels/barrel/options.ts has them; a test compares the names. */
export interface BarrelOptions {
  layout: 'wheels' | 'grid' | 'both';
  colourBy: string;
  alarm: number;
  colouring: 'alarm' | 'scale';
  link: string;
}

export function barrel(fields: PanelFields & { options: BarrelOptions }): Panel {
  return panel(panelIds.barrel, fields, {
    options: { ...fields.options },
    fieldConfig: {
      defaults: { thresholds: steps({ from: fields.options.alarm, as: 'loud' }) },
      overrides: [],
    },
  });
}

/** Options as plugin/src/panels/chamber/options.ts has them; a test compares the names. */
export interface ChamberOptions {
  view: 'hits' | 'hits-and-saliency' | 'side-by-side';
  palette: 'viridis' | 'cividis' | 'cms';
  scale: 'linear' | 'log';
  reach: 'chamber' | 'layer';
  fixedMax: number;
  saliencyOpacity: number;
  showValues: boolean;
  showControls: boolean;
  labelling: 'off' | 'shown' | 'queue';
  blindFirst: boolean;
  strategy: null;
}

export function chamber(fields: PanelFields & { options: Partial<ChamberOptions> }): Panel {
  const options: ChamberOptions = {
    view: 'hits',
    palette: 'viridis',
    scale: 'linear',
    reach: 'chamber',
    fixedMax: 100,
    saliencyOpacity: 0.75,
    showValues: true,
    showControls: true,
    labelling: 'off',
    blindFirst: false,
    strategy: null,
    ...fields.options,
  };
  return panel(panelIds.chamber, fields, {
    options: { ...options },
    fieldConfig: { defaults: {}, overrides: [] },
  });
}
