import './environment.ts';
import React, { useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { setBackendSrv } from '@grafana/runtime';
import { createBackendSrv, useLocation } from './host.ts';
import { createTheme, ThemeContext } from '@grafana/data';
import { ErrorBoundaryAlert, GlobalStyles, PortalContainer } from '@grafana/ui';
import { pageAt } from './routes.tsx';
import { readMode, Shell, writeMode, type ThemeMode } from './Shell.tsx';

/** The panels in a page of their own: theme, navigation, and the page that the address names. */
function Workbench() {
  const [mode, setMode] = useState<ThemeMode>(readMode);
  const theme = useMemo(() => createTheme({ colors: { mode } }), [mode]);
  const location = useLocation();
  const page = pageAt(location);
  useEffect(() => {
    document.title = `${page.title} · DT occupancy monitor`;
  }, [page.title]);
  const change = (chosen: ThemeMode) => {
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

setBackendSrv(createBackendSrv());
const root = document.getElementById('workbench');
if (root) createRoot(root).render(<Workbench />);
