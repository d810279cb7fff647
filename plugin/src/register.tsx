import React, { useEffect, useState, type ComponentType } from 'react';
import { css } from '@emotion/css';
import { Alert, LoadingPlaceholder } from '@grafana/ui';
import { appId } from '@dtdqm/contract/grafana';

// What the entries of the plugin share. They register panels and pages, and Grafana loads them before anything is shown, so that they
// are small: all else is in chunks, of which the app and its panels share the largest.

declare global {
  /** Where webpack's runtime looks for chunks. */
  var __webpack_public_path__: string;
}

// The generator's configuration has chunks looked for beside the entry. Grafana serves a nested panel under the panel's own id, where
// its folder and nothing beside it can be had; the chunks lie in the app's.
__webpack_public_path__ = __webpack_public_path__.replace(/[^/]+\/$/, `${appId}/`);

/** How long until what could not be fetched is asked for again, ms: a wall has nobody who would press a button. */
const retryAfter = 10_000;

// The address of a chunk is wider than a narrow panel.
const problemStyle = css({ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' });

/** A component whose code is fetched when it is first shown. What cannot be fetched is asked for until it comes, and the place says so. */
export function later<Props extends object>(
  fetchComponent: () => Promise<ComponentType<Props>>,
): ComponentType<Props> {
  let fetched: ComponentType<Props> | null = null;
  return function Later(props: Props) {
    const [Shown, setShown] = useState(() => fetched);
    const [problem, setProblem] = useState<string | null>(null);
    useEffect(() => {
      if (fetched) return undefined;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isGone = false;
      const attempt = async () => {
        try {
          fetched = await fetchComponent();
          if (!isGone) setShown(() => fetched);
        } catch (error) {
          if (isGone) return;
          setProblem(error instanceof Error ? error.message : String(error));
          timer = setTimeout(() => void attempt(), retryAfter);
        }
      };
      void attempt();
      return () => {
        isGone = true;
        clearTimeout(timer);
      };
    }, []);
    if (Shown) return <Shown {...props} />;
    if (problem === null) return <LoadingPlaceholder text="Loading" />;
    return (
      <Alert title="This part of the occupancy monitor could not be fetched from Grafana">
        <p>
          It is tried again every ten seconds. If the plugin was changed since this page was opened, load the
          page anew.
        </p>
        <code className={problemStyle}>{problem}</code>
      </Alert>
    );
  };
}
