import { useEffect, useMemo, useState } from 'react';
import type { MonitorApi } from '../../api/monitorApi.ts';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import type { ChamberOptions } from './options.ts';

/**
 * The model with the saliency of another method, once the monitor has worked it out; until then, and when it cannot, as it came.
 */
export function useSaliency(
  api: MonitorApi,
  model: ChamberModel | null,
  method: ChamberOptions['saliencyMethod'],
): ChamberModel | null {
  const [found, setFound] = useState<{ of: string; saliency: number[][] } | null>(null);
  const { chamber = null, run = null } = model ?? {};
  const key = JSON.stringify([run, chamber, method]);
  useEffect(() => {
    if (method === 'stored' || !chamber || run === null) return undefined;
    let isCurrent = true;
    api.saliency({ run, ...chamber }, method).then(
      ({ saliency }) => isCurrent && setFound({ of: key, saliency }),
      // The method that is stored goes on being shown.
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
    // The key stands for chamber, run and method.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [api, key]);
  return useMemo(() => {
    if (!model || found?.of !== key) return model;
    const layers = model.layers.map((layer, row) => ({ ...layer, saliency: found.saliency[row] ?? [] }));
    return { ...model, layers };
  }, [model, found, key]);
}
