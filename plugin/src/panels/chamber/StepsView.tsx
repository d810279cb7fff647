import React, { useEffect, useState } from 'react';
import type { MonitorApi } from '../../api/monitorApi.ts';
import { asProblem, type Problem } from '../../api/problem.ts';
import { Message } from '../../components/Message.tsx';
import { ProblemMessage } from '../../components/ProblemMessage.tsx';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';

/** How a score came about: the layer as it looks after each step of the detector. */
export function StepsView({ api, model }: { api: MonitorApi; model: ChamberModel }) {
  const [steps, setSteps] = useState<unknown>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const { chamber, run } = model;
    let isCurrent = true;
    if (!chamber || run === null) return undefined;
    api.steps({ run, ...chamber }).then(
      (answer) => isCurrent && setSteps(answer),
      (thrown: unknown) => isCurrent && setProblem(asProblem(thrown)),
    );
    return () => {
      isCurrent = false;
    };
  }, [api, model]);
  if (problem) return <ProblemMessage problem={problem} />;
  if (!steps) return <Message icon="sync" title="Computing the steps" />;
  return <pre>{JSON.stringify(steps).slice(0, 500)}</pre>;
}
