import React from 'react';
import { css } from '@emotion/css';
import { Message } from '../../components/Message.tsx';
import type { FrameFault } from '../../frames/chamberFrames.ts';

const example = `SELECT run, wheel, station, sector, layer, wire, hits, saliency, score, verdict
FROM reporting.occupancy
WHERE run = $run AND wheel = $wheel AND station = $station AND sector = $sector`;

/** What the panel says instead of a picture: the query failed, gave nothing, or gave columns of another shape. */
export function FrameHelp({ fault, error }: { fault: FrameFault | null; error: string | null }) {
  if (error) {
    return (
      <Message urgent icon="exclamation-triangle" title="The query failed">
        <p>
          <code>{error}</code>
        </p>
      </Message>
    );
  }
  if (fault && fault.found.length === 0) {
    return (
      <Message icon="search" title="No such chamber in this run">
        <p>
          The query gave no rows. The run may not have been fetched, the source may have had no histogram, or
          the chamber was never built: sectors 13 and 14 exist in MB4 only. Choose another run or chamber.
        </p>
      </Message>
    );
  }
  return (
    <Message icon="table" title="These columns are not a chamber">
      <p>
        Needed, one row a wire: <code>layer</code>, <code>wire</code>, <code>hits</code>.{' '}
        {fault?.missing.length ? (
          <>
            Missing: <strong>{fault.missing.join(', ')}</strong>.
          </>
        ) : null}{' '}
        Found: {fault?.found.join(', ')}.
      </p>
      <pre className={css({ textAlign: 'left' })}>{example}</pre>
    </Message>
  );
}
