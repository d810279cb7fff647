import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { PipelineEvent } from '../pipeline/events.ts';

/** Shows runs on their way. */
export interface Progress {
  show(event: PipelineEvent): void;
  /** Where other output must go meanwhile, so that bars and lines do not mix. */
  write(text: string): void;
  end(): void;
}

/** One bar a run on a terminal; elsewhere the log says enough, and a line is written at every quarter of a run. */
export function createProgress(stream: NodeJS.WriteStream, line: (event: PipelineEvent) => void): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream, line);
}

function lineProgress(stream: NodeJS.WriteStream, line: (event: PipelineEvent) => void): Progress {
  return {
    show(event) {
      if (event.type !== 'fetching') return;
      const quarter = Math.ceil(event.total / 4);
      if (event.done % quarter === 0 || event.done === event.total) line(event);
    },
    write: (text) => void stream.write(text),
    end: () => undefined,
  };
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  const all = new MultiBar(
    {
      stream,
      format: '  run {run} {bar} {value}/{total} chambers {step}',
      clearOnComplete: true,
      hideCursor: true,
      // Signals are ours to handle.
      gracefulExit: false,
      barsize: 30,
    },
    Presets.shades_classic,
  );
  const bars = new Map<number, SingleBar>();
  const forget = (run: number) => {
    const bar = bars.get(run);
    if (bar === undefined) return;
    all.remove(bar);
    bars.delete(run);
  };
  return {
    show(event) {
      if (event.type === 'fetching') {
        const bar = bars.get(event.run) ?? all.create(event.total, 0, { run: event.run, step: 'fetched' });
        bars.set(event.run, bar);
        bar.update(event.done);
      } else if (event.type === 'scoring') {
        bars.get(event.run)?.update({ step: 'fetched, scoring' });
      } else if ('run' in event) {
        forget(event.run);
      }
    },
    // The library redraws only while there are bars.
    write: (text) => (bars.size > 0 ? all.log(text) : void stream.write(text)),
    end() {
      for (const run of [...bars.keys()]) forget(run);
      all.stop();
    },
  };
}
