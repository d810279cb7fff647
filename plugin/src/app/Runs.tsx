import React from 'react';
import type { MonitorApi } from '../api/monitorApi.ts';
import { Message } from '../components/Message.tsx';

export function Runs({ api, open }: { api: MonitorApi; open: (run: number) => void }) {
  void api;
  void open;
  return <Message icon="table" title="Runs" />;
}
