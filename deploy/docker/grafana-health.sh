#!/bin/sh
# Healthy while Grafana answers, and what was asked of it can be done: see grafana-entrypoint.sh.
if [ -s /tmp/refused ]; then cat /tmp/refused; exit 1; fi
# Short options: those that the wget of BusyBox has whatever it was built with.
exec wget -q -O /dev/null http://127.0.0.1:3000/api/health
