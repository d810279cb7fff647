import { PanelPlugin } from '@grafana/data';
import { later } from '../../register.tsx';

export const plugin = new PanelPlugin(later(async () => (await import('./StripPanel.tsx')).StripPanel));
