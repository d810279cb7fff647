-- How many chambers of the queue are in each state, counted in the indexes of the states, a sixth of what the table takes: reporting.queue has to read all of it.

create view reporting.queue_states as
select state, chambers
from (
  select 'waiting' as state,
         (select count(*) from queue where state = 'waiting') + (select count(*) from queue where state = 'leased' and lease_until < now()) as chambers
  union all
  select 'leased', count(*) from queue where state = 'leased' and lease_until >= now()
  union all
  select state::text, count(*) from queue where state in ('labelled', 'skipped') group by state
) as counted
where chambers > 0;
comment on view reporting.queue_states is 'Chambers of the queue by state, as reporting.queue tells it: a lease that ran out waits.';

select grant_reporting();
