// Healthy while this worker answers on its port of metrics, which it does from the event loop that does the work.
const response = await fetch(`http://127.0.0.1:${process.env.DTDQM_METRICS_PORT}/metrics`, {
  signal: AbortSignal.timeout(8000),
}).catch(() => null);
process.exit(response?.ok ? 0 : 1);
