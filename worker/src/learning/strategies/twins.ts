import { formatChamber, type ChamberId, type Fault } from '@dtdqm/contract';

/** Same text for chambers that look bad in the same way: same chamber, same faults in the same layers. */
export function twinKey(chamber: ChamberId, faults: readonly Fault[], focus: number): string {
  // Single dead or noisy cells come and go with statistics and do not make a fault another one.
  const marks = faults
    .filter(({ kind }) => !['dead-cells', 'noisy-cell', 'low-statistics'].includes(kind))
    .map(({ kind, layers }) => `${kind}:${[...layers].sort((a, b) => a - b).join('.')}`)
    .sort();
  return [formatChamber(chamber), ...(marks.length > 0 ? marks : [`layer:${focus}`])].join(' ');
}
