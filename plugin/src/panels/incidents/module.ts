import { PanelPlugin } from '@grafana/data';
import { IncidentsPanel } from './IncidentsPanel.tsx';
import { defaultOptions, type IncidentsOptions } from './options.ts';

export const plugin = new PanelPlugin<IncidentsOptions>(IncidentsPanel).setPanelOptions((builder) =>
  builder
    .addRadio({
      path: 'of',
      name: 'Incidents of',
      defaultValue: defaultOptions.of,
      settings: {
        options: [
          { value: 'all', label: 'All chambers' },
          { value: 'shown', label: 'Chamber shown' },
        ],
      },
    })
    .addBooleanSwitch({
      path: 'showHealed',
      name: 'Show what healed in the last 24 hours',
      defaultValue: defaultOptions.showHealed,
    })
    .addTextInput({
      path: 'link',
      name: 'Address of a chamber',
      description:
        'With ${run}, ${wheel}, ${station}, ${sector}. Empty: opening a chamber sets the variables.',
      defaultValue: defaultOptions.link,
    }),
);
