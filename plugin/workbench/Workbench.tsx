import React, { useMemo, useState } from 'react';
import { createTheme, ThemeContext } from '@grafana/data';
import { ErrorBoundaryAlert, GlobalStyles, PortalContainer } from '@grafana/ui';
import { readMode, writeMode, type Mode } from './host/mode.ts';
import { useLocation } from './host/location.ts';
import { pageAt } from './routes.tsx';
import { Shell } from './Shell.tsx';

/** The panels in a page of their own: theme, navigation, and the page that the address names. */
export function Workbench() {
  const [mode, setMode] = useState<Mode>(readMode);
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  const location = useLocation();
  const page = pageAt(location);
  const change = (chosen: Mode) => {
    writeMode(chosen);
    setMode(chosen);
  };
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <Shell mode={mode} setMode={change} section={page.section}>
        <ErrorBoundaryAlert key={location.pathname}>{page.content}</ErrorBoundaryAlert>
      </Shell>
      <PortalContainer />
    </ThemeContext.Provider>
  );
}
