import { createTask } from 'node-cron';
import { scheduleZone } from '@dtdqm/worker/pipeline/schedule';

/** Prints when a cron expression comes on a day, as the pipeline reads it: `scheduledTimes.ts EXPRESSION DAY`. */
const [expression = '', day = ''] = process.argv.slice(2);
const task = createTask(expression, () => undefined, { timezone: scheduleZone });
const from = Date.parse(`${day}T00:00:00Z`);
const times = Array.from({ length: 24 * 60 }, (_, minute) => new Date(from + minute * 60_000))
  .filter((time) => task.match(time))
  .map((time) => time.toISOString());
process.stdout.write(JSON.stringify(times));
