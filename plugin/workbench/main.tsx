import './host/publicPath.ts';
import './host/language.ts';
import './workbench.css';
import React from 'react';
import { createRoot } from 'react-dom/client';
import { setBackendSrv } from '@grafana/runtime';
import { createBackendSrv } from './host/backendSrv.ts';
import { Workbench } from './Workbench.tsx';

setBackendSrv(createBackendSrv());
const root = document.getElementById('workbench');
if (root) createRoot(root).render(<Workbench />);
