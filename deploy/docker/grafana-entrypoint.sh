#!/bin/sh
# Grafana fills in provisioning files from its environment: takes the two secrets they need there, and starts it.
set -eu
DTDQM_DB_PASSWORD=$(head -n 1 /run/secrets/reader_password)
DTDQM_API_TOKEN=$(head -n 1 /run/secrets/api_token)
export DTDQM_DB_PASSWORD DTDQM_API_TOKEN
exec /run.sh "$@"
