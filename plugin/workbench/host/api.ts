import { monitorApi } from '../../src/api/monitorApi.ts';
import { grafanaSend } from '../../src/api/send.ts';

/** The monitor, asked in the same way as inside Grafana. */
export const api = monitorApi(grafanaSend);
