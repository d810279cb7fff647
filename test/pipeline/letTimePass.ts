import type { Queryable } from '@dtdqm/worker/storage/database';

/** As if so many seconds had passed since everything that the lives of runs remember, for all runs. */
export async function letTimePass(db: Queryable, seconds: number): Promise<void> {
  await db.query(
    `update run set life_since = life_since - past, grew_at = grew_at - past, over_at = over_at - past,
                    looked_at = looked_at - past, look_at = look_at - past
     from make_interval(secs => $1) as past`,
    [seconds],
  );
}
