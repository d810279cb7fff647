import { chamberModel, type ChamberModel } from './chamberModel.ts';
import { heatmapLayout, type HeatmapLayout } from './layout.ts';
import { type HeatmapStyle, paletteColours } from './style.ts';

/** An MB1 chamber with 49 cells a row (the fourth of each superlayer has 48) and `hits` everywhere. */
export function evenChamber(hits = 20): ChamberModel {
  return chamberModel({
    chamber: { wheel: 1, station: 1, sector: 2 },
    run: 1,
    hits: Array.from({ length: 12 }, (_, row) =>
      Array.from({ length: 49 }, (_cell, wire) => (row % 4 === 3 && wire === 48 ? -1 : hits)),
    ),
  });
}

export const style: HeatmapStyle = {
  theme: {
    text: '#fff',
    mutedText: '#aaa',
    noHit: '#f0f',
    noHitFill: '#111',
    noWire: '#333',
    accent: '#f80',
    smallFont: '11px sans',
  },
  colours: paletteColours('viridis', 64),
  signedColours: paletteColours('diverging-dark', 65),
  scale: { kind: 'linear', reach: 'chamber', fixedMax: 100 },
};

export function layoutFor(model: ChamberModel, width = 900, height = 360, pixelRatio = 1): HeatmapLayout {
  return heatmapLayout(model, {
    width,
    height,
    pixelRatio,
    gutter: { left: 40, right: 8, top: 4, bottom: 40 },
    superlayerGap: 8,
  });
}
