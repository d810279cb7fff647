import { FieldConfigProperty, PanelPlugin } from '@grafana/data';
import { saliencyMethodNames, strategyNames } from '@dtdqm/contract/names';
import { optionsOf } from '../../components/panel.ts';
import { later } from '../../register.tsx';
import {
  defaultOptions,
  labellingLabels,
  paletteLabels,
  reachLabels,
  scaleLabels,
  viewLabels,
  type ChamberOptions,
} from './options.ts';

const picture = ['Picture'];
const labelling = ['Labelling'];

export const plugin = new PanelPlugin<ChamberOptions>(
  later(async () => (await import('./ChamberPanel.tsx')).ChamberPanel),
)
  .useFieldConfig({ disableStandardOptions: [FieldConfigProperty.NoValue] })
  .setPanelOptions((builder) =>
    builder
      .addSelect({
        path: 'view',
        name: 'View',
        category: picture,
        defaultValue: defaultOptions.view,
        settings: { options: optionsOf(viewLabels) },
      })
      .addSelect({
        path: 'palette',
        name: 'Palette',
        category: picture,
        defaultValue: defaultOptions.palette,
        settings: {
          options: [
            ...optionsOf(paletteLabels),
            { value: 'field' as const, label: 'Colour scheme of the field' },
          ],
        },
      })
      .addRadio({
        path: 'scale',
        name: 'Colour scale',
        category: picture,
        defaultValue: defaultOptions.scale,
        settings: { options: optionsOf(scaleLabels) },
      })
      .addRadio({
        path: 'reach',
        name: 'One scale for each',
        category: picture,
        defaultValue: defaultOptions.reach,
        settings: { options: optionsOf(reachLabels) },
      })
      .addNumberInput({
        path: 'fixedMax',
        name: 'Hits per wire at the upper end',
        category: picture,
        defaultValue: defaultOptions.fixedMax,
        settings: { min: 1, integer: true },
        showIf: ({ reach }) => reach === 'fixed',
      })
      .addSelect({
        path: 'saliencyMethod',
        name: 'Method of saliency',
        category: picture,
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
        category: picture,
        defaultValue: defaultOptions.saliencyOpacity,
        settings: { min: 0.1, max: 1, step: 0.05 },
      })
      .addBooleanSwitch({
        path: 'showValues',
        name: 'Write hits into cells where they fit',
        category: picture,
        defaultValue: defaultOptions.showValues,
      })
      .addBooleanSwitch({
        path: 'showControls',
        name: 'Show the controls above the picture',
        category: picture,
        defaultValue: defaultOptions.showControls,
      })
      .addRadio({
        path: 'labelling',
        name: 'Labelling',
        description: 'Needs the role Editor.',
        category: labelling,
        defaultValue: defaultOptions.labelling,
        settings: { options: optionsOf(labellingLabels) },
      })
      .addBooleanSwitch({
        path: 'secondOpinions',
        name: 'Second opinions',
        description: 'Asks about labels that did not teach, instead of what the queue has.',
        category: labelling,
        defaultValue: defaultOptions.secondOpinions,
        showIf: (options) => options.labelling !== 'off',
      })
      .addBooleanSwitch({
        path: 'blindFirst',
        name: 'Blind first answer',
        description: 'Scores, saliency and other labels appear after the first answer.',
        category: labelling,
        defaultValue: defaultOptions.blindFirst,
        showIf: (options) => options.labelling !== 'off',
      })
      .addSelect({
        path: 'strategy',
        name: 'Order of the queue',
        category: labelling,
        defaultValue: defaultOptions.strategy,
        settings: {
          options: [
            { value: null, label: 'As the monitor is configured' },
            ...strategyNames.map((value) => ({ value, label: value.replaceAll('-', ' ') })),
          ],
        },
        showIf: (options) => options.labelling !== 'off',
      }),
  );
