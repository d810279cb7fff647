import { PanelPlugin, type Field } from '@grafana/data';
import { optionsOf } from '../../components/panel.ts';
import { later } from '../../register.tsx';
import { defaultOptions, layouts, type BarrelOptions } from './options.ts';

export const plugin = new PanelPlugin<BarrelOptions>(
  later(async () => (await import('./BarrelPanel.tsx')).BarrelPanel),
)
  .useFieldConfig()
  .setPanelOptions((builder) =>
    builder
      .addRadio({
        path: 'layout',
        name: 'Picture',
        defaultValue: defaultOptions.layout,
        settings: { options: optionsOf(layouts) },
      })
      .addFieldNamePicker({
        path: 'tintBy',
        name: 'Tint good chambers by',
        description:
          'Any numeric column, such as hits or worst score. Changes neither headline nor conditions.',
        defaultValue: defaultOptions.tintBy,
        settings: { filter: ({ type }: Field) => (type as string) === 'number' },
      })
      .addBooleanSwitch({
        path: 'showHeadline',
        name: 'Show the headline',
        defaultValue: defaultOptions.showHeadline,
      })
      .addTextInput({
        path: 'link',
        name: 'Click opens',
        description:
          'Address with ${run}, ${wheel}, ${station}, ${sector}. Empty: the click sets the variables.',
        defaultValue: defaultOptions.link,
      }),
  );
