import type { SaliencyMethodName, StrategyName } from '@dtdqm/contract';
import type { PaletteName } from '../../heatmap/palette.ts';
import type { ScaleKind, ScaleReach } from '../../heatmap/scale.ts';

export const chamberViews = [
  'hits',
  'hits-and-saliency',
  'side-by-side',
  'saliency',
  'steps',
  'compare',
  'ratio',
] as const;
export type ChamberViewName = (typeof chamberViews)[number];

export const viewLabels: Record<ChamberViewName, string> = {
  hits: 'Hits',
  'hits-and-saliency': 'Hits with saliency',
  'side-by-side': 'Side by side',
  saliency: 'Saliency',
  steps: 'Steps',
  compare: 'Comparison above',
  ratio: 'Ratio to comparison',
};

export interface ChamberOptions {
  view: ChamberViewName;
  /** `field`: the colour scheme of the hits field, as configured in Grafana. */
  palette: PaletteName | 'field';
  scale: ScaleKind;
  reach: ScaleReach;
  fixedMax: number;
  /** `stored`: as it came with the chamber; the others are worked out by the monitor. */
  saliencyMethod: 'stored' | SaliencyMethodName;
  saliencyOpacity: number;
  showValues: boolean;
  showControls: boolean;
  /** `shown`: label the chamber that the dashboard shows; `queue`: begin with what the queue gives. */
  labelling: 'off' | 'shown' | 'queue';
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
  blindFirst: false,
  strategy: null,
};

/** The view after this one when `v` is pressed: without, with, and only saliency. */
export function nextView(view: ChamberViewName): ChamberViewName {
  if (view === 'hits') return 'hits-and-saliency';
  return view === 'hits-and-saliency' ? 'saliency' : 'hits';
}
