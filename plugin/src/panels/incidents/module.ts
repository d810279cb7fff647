import { PanelPlugin } from '@grafana/data';
import { optionsOf } from '../../components/panel.ts';
import { later } from '../../register.tsx';
import { defaultOptions, incidentsOfLabels, type IncidentsOptions } from './options.ts';

export const plugin = new PanelPlugin<IncidentsOptions>(
  later(async () => (await import('./IncidentsPanel.tsx')).IncidentsPanel),
).setPanelOptions((builder) =>
  builder
    .addRadio({
      path: 'of',
      name: 'Incidents of',
      defaultValue: defaultOptions.of,
      settings: { options: optionsOf(incidentsOfLabels) },
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
