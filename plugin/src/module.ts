import { AppPlugin } from '@grafana/data';
import type { Settings } from './app/Config.tsx';
import { later } from './register.tsx';

export const plugin = new AppPlugin<Settings>()
  .setRootPage(later(async () => (await import('./app/App.tsx')).App))
  .addConfigPage({
    title: 'Connection',
    icon: 'cog',
    id: 'connection',
    body: later(async () => (await import('./app/Config.tsx')).Config),
  });
