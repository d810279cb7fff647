import { layersOf } from '@dtdqm/contract';
import type { LabelledChamber } from '../../src/api/monitorApi.ts';

export interface Share {
  name: string;
  /** Layers that labels speak of. */
  labelled: number;
  bad: number;
}

/** Newest run first. */
export function contaminationByRun(chambers: readonly LabelledChamber[]): Share[] {
  return count(chambers, ({ chamber }) => String(chamber.run)).sort(
    (a, b) => Number(b.name) - Number(a.name),
  );
}

/** By station, then layer. */
export function contaminationByLayer(chambers: readonly LabelledChamber[]): Share[] {
  const nameOf = ({ chamber }: LabelledChamber, layer: number) =>
    `MB${chamber.station} ${String(layer).padStart(2, ' ')}`;
  return count(chambers, nameOf).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function count(
  chambers: readonly LabelledChamber[],
  nameOf: (chamber: LabelledChamber, layer: number) => string,
): Share[] {
  const shares = new Map<string, Share>();
  for (const labelled of chambers) {
    for (const layer of layersOf(labelled.chamber.station)) {
      const name = nameOf(labelled, layer);
      const share = shares.get(name) ?? { name, labelled: 0, bad: 0 };
      share.labelled += 1;
      share.bad += labelled.isBad[layer - 1] ? 1 : 0;
      shares.set(name, share);
    }
  }
  return [...shares.values()];
}
