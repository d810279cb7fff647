import { describe, expect, it } from 'vitest';
import { allChambers, formatChamber } from '@dtdqm/contract';
import { faultOf, listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const asked = { wheel: 1, station: 1, sector: 4 } as const;
const neighbours = allChambers.filter(({ wheel, station }) => wheel === 1 && station === 1);

describe.each(['classic', 'new'] as const)('a reply to the question for a chamber, dialect %s', (dialect) => {
  it('that names another one is refused, and no other is', async () => {
    const of = 'W-2_St4_Sec13';
    const rule = { chamber: formatChamber(asked), action: { do: 'other-chamber', of, named: 'as-it-is' } };
    const { simulator, client } = await rig([rule as never], { dialect });
    for (const chamber of neighbours) {
      if (chamber.sector === asked.sector) continue;
      expect(await client.fetchChamber(listed, chamber)).toEqual(toyMatrix(run, chamber));
    }
    const before = simulator.requests().total;
    const fault = await faultOf(client.fetchChamber(listed, asked));
    expect(fault).toMatchObject({ code: 'other-chamber', run, chamber: asked });
    expect(fault.message).toBe(
      `run ${run} W1_St1_Sec4: the reply is of W-2_St4_Sec13, asked for W1_St1_Sec4`,
    );
    expect(simulator.requests().total).toBe(before + 1);
  });

  it.each([
    [40, /layer 1 must have 24 to 73 wires in station 1, has 99/],
    [-40, /layer 1 must have 24 to 73 wires in station 1, has 20/],
  ])('of %i columns more than there are is refused', async (by, says) => {
    const change = { do: 'change-width', by, afterFetches: 0 } as const;
    const { client } = await rig([{ chamber: formatChamber(asked), action: change }], { dialect });
    const fault = await faultOf(client.fetchChamber(listed, asked));
    expect(fault).toMatchObject({ code: 'wrong-shape', run, chamber: asked });
    expect(fault.message).toMatch(says);
  });
});
