import { FieldConfigProperty, PanelPlugin } from '@grafana/data';
import { saliencyMethodNames, strategyNames } from '@dtdqm/contract';
import { paletteNames } from '../../heatmap/palette.ts';
import { ChamberPanel } from './ChamberPanel.tsx';
import { chamberViews, defaultOptions, viewLabels, type ChamberOptions } from './options.ts';

const paletteLabels = { viridis: 'Viridis', cividis: 'Cividis', cms: 'CMS rainbow', grey: 'Grey' } as const;

export const plugin = new PanelPlugin<ChamberOptions>(ChamberPanel)
  .useFieldConfig({ disableStandardOptions: [FieldConfigProperty.NoValue] })
  .setPanelOptions((builder) =>
    builder
      .addSelect({
        path: 'view',
        name: 'View',
        category: ['Picture'],
        defaultValue: defaultOptions.view,
        settings: { options: chamberViews.map((value) => ({ value, label: viewLabels[value] })) },
      })
      .addSelect({
        path: 'palette',
        name: 'Palette',
        category: ['Picture'],
        defaultValue: defaultOptions.palette,
        settings: {
          options: [
            ...paletteNames.map((value) => ({ value, label: paletteLabels[value] })),
            { value: 'field' as const, label: 'Colour scheme of the field' },
          ],
        },
      })
      .addRadio({
        path: 'scale',
        name: 'Colour scale',
        category: ['Picture'],
        defaultValue: defaultOptions.scale,
        settings: {
          options: [
            { value: 'linear', label: 'Linear' },
            { value: 'log', label: 'Logarithmic' },
          ],
        },
      })
      .addRadio({
        path: 'reach',
        name: 'One scale for',
        category: ['Picture'],
        defaultValue: defaultOptions.reach,
        settings: {
          options: [
            { value: 'chamber', label: 'Chamber' },
            { value: 'layer', label: 'Each layer' },
            { value: 'fixed', label: 'Fixed' },
          ],
        },
      })
      .addNumberInput({
        path: 'fixedMax',
        name: 'Hits per wire at the upper end',
        category: ['Picture'],
        defaultValue: defaultOptions.fixedMax,
        settings: { min: 1, integer: true },
        showIf: ({ reach }) => reach === 'fixed',
      })
      .addSelect({
        path: 'saliencyMethod',
        name: 'Method of saliency',
        category: ['Picture'],
        defaultValue: defaultOptions.saliencyMethod,
        settings: {
          options: [
            { value: 'stored' as const, label: 'As stored' },
            ...saliencyMethodNames.map((value) => ({ value, label: value })),
          ],
        },
      })
      .addSliderInput({
        path: 'saliencyOpacity',
        name: 'Opacity of saliency',
        category: ['Picture'],
        defaultValue: defaultOptions.saliencyOpacity,
        settings: { min: 0.1, max: 1, step: 0.05 },
      })
      .addBooleanSwitch({
        path: 'showValues',
        name: 'Write hits into cells where they fit',
        category: ['Picture'],
        defaultValue: defaultOptions.showValues,
      })
      .addBooleanSwitch({
        path: 'showControls',
        name: 'Show the controls above the picture',
        category: ['Picture'],
        defaultValue: defaultOptions.showControls,
      })
      .addRadio({
        path: 'labelling',
        name: 'Labelling',
        description: 'Needs the role Editor.',
        category: ['Labelling'],
        defaultValue: defaultOptions.labelling,
        settings: {
          options: [
            { value: 'off', label: 'Off' },
            { value: 'shown', label: 'Chamber shown' },
            { value: 'queue', label: 'Queue' },
          ],
        },
      })
      .addBooleanSwitch({
        path: 'blindFirst',
        name: 'Blind first answer',
        description: 'Scores, saliency and other labels appear after the first answer.',
        category: ['Labelling'],
        defaultValue: defaultOptions.blindFirst,
        showIf: ({ labelling }) => labelling !== 'off',
      })
      .addSelect({
        path: 'strategy',
        name: 'Order of the queue',
        category: ['Labelling'],
        defaultValue: defaultOptions.strategy,
        settings: {
          options: [
            { value: null, label: 'As the monitor is configured' },
            ...strategyNames.map((value) => ({ value, label: value.replaceAll('-', ' ') })),
          ],
        },
        showIf: ({ labelling }) => labelling !== 'off',
      }),
  );
