#!/bin/sh
# Grafana fills in provisioning files from its environment: takes the two secrets they need there, lays out the files with the
# notifications that were chosen, and starts it.
set -eu
from=/opt/dtdqm/provisioning to=$GF_PATHS_PROVISIONING refused=/tmp/refused
DTDQM_DB_PASSWORD=$(head -n 1 /run/secrets/reader_password)
DTDQM_API_TOKEN=$(head -n 1 /run/secrets/api_token)
export DTDQM_DB_PASSWORD DTDQM_API_TOKEN

# What cannot be sent keeps no display from those who look at it; the container is unhealthy until it is mended.
fault=
case $DTDQM_NOTIFICATIONS in
  nowhere) ;;
  email)
    # Without it Grafana sends no mail, and tells its log alone.
    [ "$GF_SMTP_ENABLED" = true ] || fault='GRAFANA_SMTP_ENABLED: must be true where DTDQM_NOTIFICATIONS is email'
    [ -n "$DTDQM_ALERT_EMAIL" ] || fault='DTDQM_ALERT_EMAIL: must be set where DTDQM_NOTIFICATIONS is email'
    ;;
  webhook) [ -n "$DTDQM_ALERT_WEBHOOK" ] || fault='DTDQM_ALERT_WEBHOOK: must be set where DTDQM_NOTIFICATIONS is webhook' ;;
  *) fault="DTDQM_NOTIFICATIONS: must be nowhere, email or webhook, is \"$DTDQM_NOTIFICATIONS\"" ;;
esac
rm -rf "$to" "$refused"
mkdir -p "$to/dashboards" "$to/notifiers" "$to/access-control"
cp -R "$from/datasources" "$from/plugins" "$from/alerting" "$to"
cp "$from"/dashboards/*.yaml "$to/dashboards"
if [ -n "$fault" ]; then
  echo "$fault. NO ALERT IS SENT until it is mended in .env." | tee "$refused" >&2
  DTDQM_NOTIFICATIONS=nowhere
fi
cp "$from/notifications/$DTDQM_NOTIFICATIONS.yaml" "$to/alerting/notifications.yaml"
exec /run.sh "$@"
