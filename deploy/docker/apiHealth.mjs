// Healthy while the API answers and reaches its database.
const response = await fetch(`http://127.0.0.1:${process.env.API_PORT ?? 8080}/healthz/ready`).catch(
  () => null,
);
process.exit(response?.ok ? 0 : 1);
