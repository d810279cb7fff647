import { AppPlugin } from '@grafana/data';
import { App } from './app/App.tsx';
import { Config, type Settings } from './app/Config.tsx';

export const plugin = new AppPlugin<Settings>().setRootPage(App).addConfigPage({
  title: 'Connection',
  icon: 'cog',
  id: 'connection',
  body: Config,
});
