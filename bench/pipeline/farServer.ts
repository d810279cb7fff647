import { SimulatedDetector, type HistogramSource } from '@dtdqm/simulator/sources';
import { startSimulator } from '@dtdqm/simulator/server';

/**
 * A DQM server in a process of its own that makes each histogram once, so that its work is hardly timed, and that answers after
 * so many milliseconds, as one far away does: `farServer.ts MS`.
 */
const detector = new SimulatedDetector({ runs: 1 });
const made = new Map<string, ReturnType<HistogramSource['chamber']>>();
const source: HistogramSource = {
  runs: () => detector.runs(),
  chamber(run, chamber) {
    const key = `${run} ${Object.values(chamber).join()}`;
    const matrix = made.get(key) ?? detector.chamber(run, chamber);
    made.set(key, matrix);
    return matrix;
  },
};
const ms = Number(process.argv[2] ?? 0);
const simulator = await startSimulator({
  source,
  rules: ms > 0 ? [{ action: { do: 'delay', ms } }] : [],
});
process.send?.(simulator.url);
process.on('disconnect', () => void simulator.close());
