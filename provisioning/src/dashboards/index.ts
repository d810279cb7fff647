import { chamber } from './chamber.ts';
import { labelling } from './labelling.ts';
import { model } from './model.ts';
import { operations } from './operations.ts';
import { overview } from './overview.ts';
import { report } from './report.ts';
import { runs } from './runs.ts';
import type { Dashboard } from '../model/dashboard.ts';
import type { DashboardName } from '../names.ts';

export const dashboards: Record<DashboardName, Dashboard> = {
  overview,
  report,
  chamber,
  labelling,
  runs,
  model,
  operations,
};
