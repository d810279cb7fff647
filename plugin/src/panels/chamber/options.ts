import type { SaliencyMethodName, StrategyName } from '@dtdqm/contract';
import type { ScaleKind, ScaleReach } from '../../heatmap/scale.ts';
import type { PaletteName } from '../../heatmap/style.ts';

export interface ChamberOptions {
  view: ChamberViewName;
  /** `field`: the colour scheme of the hits field, as configured in Grafana. */
  palette: PaletteName | 'field';
  scale: ScaleKind;
  reach: ScaleReach;
  fixedMax: number;
  /** `stored`: as it came with the chamber; the others are computed by the monitor. */
  saliencyMethod: 'stored' | SaliencyMethodName;
  saliencyOpacity: number;
  showValues: boolean;
  showControls: boolean;
  /** `shown`: label the chamber that the dashboard shows; `queue`: begin with what the queue gives. */
  labelling: 'off' | 'shown' | 'queue';
  /** The queue gives chambers whose label did not teach, to be answered once more. */
  secondOpinions: boolean;
  blindFirst: boolean;
  /** Null: as the API is configured. */
  strategy: StrategyName | null;
}

export const defaultOptions: ChamberOptions = {
  view: 'hits',
  palette: 'viridis',
  scale: 'linear',
  reach: 'chamber',
  fixedMax: 100,
  saliencyMethod: 'stored',
  saliencyOpacity: 0.75,
  showValues: true,
  showControls: true,
  labelling: 'off',
  secondOpinions: false,
  blindFirst: true,
  strategy: null,
};

/** Values of an option with the words for them: the one list from which panel options, controls and types are made. */
export const viewLabels = {
  hits: 'Hits',
  'hits-and-saliency': 'Hits with saliency',
  'side-by-side': 'Side by side',
  saliency: 'Saliency',
  steps: 'Steps',
  compare: 'Comparison',
  ratio: 'Ratio to comparison',
} as const;
export type ChamberViewName = keyof typeof viewLabels;

export const paletteLabels: Record<PaletteName, string> = {
  viridis: 'Viridis',
  cividis: 'Cividis',
  cms: 'CMS',
  grey: 'Grey',
};
export const scaleLabels: Record<ScaleKind, string> = { linear: 'Linear', log: 'Log' };
export const reachLabels: Record<ScaleReach, string> = { chamber: 'Chamber', layer: 'Layer', fixed: 'Fixed' };
export const labellingLabels: Record<ChamberOptions['labelling'], string> = {
  off: 'Off',
  shown: 'Chamber shown',
  queue: 'Queue',
};

/** The view after this one when `v` is pressed: without, with, and only saliency. */
export function nextView(view: ChamberViewName): ChamberViewName {
  if (view === 'hits') return 'hits-and-saliency';
  return view === 'hits-and-saliency' ? 'saliency' : 'hits';
}
