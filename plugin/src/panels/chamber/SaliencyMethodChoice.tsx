import React from 'react';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { useQuery } from '../../components/useQuery.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import type { ChamberOptions } from './options.ts';

interface SaliencyMethodChoiceProps {
  api: MonitorApi;
  model: ChamberModel;
  value: ChamberOptions['saliencyMethod'];
  change: (options: Partial<ChamberOptions>) => void;
  className: string;
}

/** Methods of saliency that the monitor offers for the run: not every model can be explained by each. */
export function SaliencyMethodChoice({ api, model, value, change, className }: SaliencyMethodChoiceProps) {
  const { chamber, run } = model;
  // All chambers of a run were judged by one model, and the answer holds the whole saliency of the chamber that it is about.
  const { data } = useQuery(`offered ${chamber && run}`, async () =>
    chamber && run !== null ? (await api.saliency({ run, ...chamber })).offered : [],
  );
  const isOdd = value !== 'stored' && !data?.includes(value);
  return (
    <select
      aria-label="Method of saliency"
      className={className}
      value={value}
      onChange={({ currentTarget }) =>
        change({ saliencyMethod: currentTarget.value as ChamberOptions['saliencyMethod'] })
      }
    >
      <option value="stored">saliency as stored</option>
      {isOdd ? <option value={value}>{`${value}${data ? ': not offered, as stored' : ''}`}</option> : null}
      {data?.map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}
