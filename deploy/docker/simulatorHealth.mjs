// Healthy while the simulated DQM server lists its runs.
const response = await fetch('http://127.0.0.1:8081/dqm/online/data/json/samples?match=').catch(() => null);
process.exit(response?.ok ? 0 : 1);
