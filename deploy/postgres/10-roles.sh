#!/bin/sh
# Runs once, when the database cluster is made: the owner of the monitor's database, who is no superuser, and the roles with
# which Grafana reads. The migrations give dtdqm_reader the reporting views.
set -eu
database_password=$(head -n 1 /run/secrets/database_password)
reader_password=$(head -n 1 /run/secrets/reader_password)
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$database_password" --set reader_password="$reader_password" <<'SQL'
create role dtdqm login password :'owner_password';
create database dtdqm owner dtdqm;
create role dtdqm_reader nologin;
create role dtdqm_grafana login password :'reader_password' connection limit 20 in role dtdqm_reader;
alter role dtdqm_grafana set default_transaction_read_only = on;
alter role dtdqm_grafana set statement_timeout = '30s';
revoke connect, temporary on database dtdqm from public;
grant connect on database dtdqm to dtdqm_grafana;
SQL
