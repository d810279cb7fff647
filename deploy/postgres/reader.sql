-- The roles with which Grafana reads, for a server that an administrator looks after:
--   psql --set password="$(cat secrets/reader_password)" --dbname dtdqm --file deploy/postgres/reader.sql
-- Run it as a user that may make roles, in the monitor's database, after or before the first migration. May be run again.
select 'create role dtdqm_reader nologin' where not exists (select from pg_roles where rolname = 'dtdqm_reader') \gexec
select 'create role dtdqm_grafana' where not exists (select from pg_roles where rolname = 'dtdqm_grafana') \gexec
alter role dtdqm_grafana login password :'password' connection limit 20;
grant dtdqm_reader to dtdqm_grafana;
alter role dtdqm_grafana set default_transaction_read_only = on;
alter role dtdqm_grafana set statement_timeout = '30s';
-- Before the first migration there is nothing to grant yet: the migration does it.
select 'select grant_reporting()' where to_regprocedure('public.grant_reporting()') is not null \gexec
