import { PanelPlugin, type Field } from '@grafana/data';
import { BarrelPanel } from './BarrelPanel.tsx';
import { defaultOptions, type BarrelOptions } from './options.ts';

export const plugin = new PanelPlugin<BarrelOptions>(BarrelPanel)
  .useFieldConfig()
  .setPanelOptions((builder) =>
    builder
      .addRadio({
        path: 'layout',
        name: 'Picture',
        defaultValue: defaultOptions.layout,
        settings: {
          options: [
            { value: 'wheels', label: 'Wheels' },
            { value: 'grid', label: 'Unrolled' },
            { value: 'both', label: 'Both' },
          ],
        },
      })
      .addFieldNamePicker({
        path: 'colourBy',
        name: 'Colour by',
        description: 'Any numeric column: bad layers, worst score, open incidents, label progress.',
        defaultValue: defaultOptions.colourBy,
        settings: { filter: ({ type }: Field) => (type as string) === 'number' },
      })
      .addRadio({
        path: 'colouring',
        name: 'Colouring',
        defaultValue: defaultOptions.colouring,
        settings: {
          options: [
            { value: 'alarm', label: 'Grey until bad' },
            { value: 'scale', label: 'By value' },
          ],
        },
      })
      .addNumberInput({
        path: 'alarm',
        name: 'Bad from',
        defaultValue: defaultOptions.alarm,
        settings: { step: 0.05 },
      })
      .addTextInput({
        path: 'link',
        name: 'Click opens',
        description:
          'Address with ${run}, ${wheel}, ${station}, ${sector}. Empty: the click sets the variables.',
        defaultValue: defaultOptions.link,
      }),
  );
