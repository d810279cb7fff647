-- How far experts agree with each other and with the model, for Grafana.

-- Layers that at least two experts judged; alpha is Krippendorff's for nominal data, 1 is full agreement, 0 is chance.
create view reporting.agreement as
with rated as (
  select run, wheel, station, sector, layer, label, count(*) as raters,
         sum(count(*)) over (partition by run, wheel, station, sector, layer) as all_raters
  from reporting.opinions where label <> 'not-sure'
  group by run, wheel, station, sector, layer, label
), pairable as (
  select * from rated where all_raters >= 2
), totals as (
  select label, sum(raters) as ratings from pairable group by label
), observed as (
  select count(distinct (run, wheel, station, sector, layer)) as layers,
         count(*) filter (where raters = all_raters) as agreed,
         sum(raters * (all_raters - raters) / (all_raters - 1)) as disagreement
  from pairable
), expected as (
  select sum(ratings) as ratings, sum(ratings) ^ 2 - sum(ratings ^ 2) as disagreement from totals
)
select o.layers, o.agreed::real / nullif(o.layers, 0) as share_agreed,
       (1 - (e.ratings - 1) * o.disagreement / nullif(e.disagreement, 0))::real as alpha
from observed o cross join expected e;

-- Each label that calls a layer good or bad, beside what the current model says.
create view reporting.model_agreement as
select at, run, wheel, station, sector, layer, expert, label, verdict, score, model, label = verdict as agrees
from reporting.layer_labels
where label in ('good', 'bad') and verdict in ('good', 'bad');

-- Of layers with scores in one tenth, how many people call bad: on the diagonal the scores are probabilities.
create view reporting.calibration as
select least(9, floor(score * 10))::integer as bin, count(*)::integer as labelled, avg(score)::real as mean_score,
       avg((label = 'bad')::integer)::real as share_bad
from reporting.layer_labels
where label in ('good', 'bad') and score >= 0
group by 1;
