import fc from 'fast-check';
import { expect, it } from 'vitest';
import { allChambers, formatChamber } from '@dtdqm/contract';
import { DqmError } from '@dtdqm/worker/dqm/source';
import { listed, rig, run } from './rig.ts';
import { toyMatrix } from './toyDetector.ts';

const asked = allChambers.filter((_, index) => index % 25 === 0);
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.json().map((json) => `{"hist":${json}}`),
  fc.json().map((json) => `{"hist":{"type":"TH2","title":${json},"bins":{"content":${json}}}}`),
  fc
    .json()
    .map(
      (json) => `{"_typename":"TH2F","fXaxis":{"fNbins":${json}},"fYaxis":{"fNbins":12},"fArray":${json}}`,
    ),
);

it.each(['classic', 'new'] as const)(
  'whatever a server answers for one chamber, all others come, dialect %s',
  async (dialect) => {
    const { simulator, client } = await rig([], { dialect, attempts: 1 });
    const status = fc.constantFrom(200, 200, 200, 204, 302, 401, 404, 429, 500, 503);
    const type = fc.constantFrom('text/plain', 'application/json', 'text/html', 'image/png', '');
    await fc.assert(
      fc.asyncProperty(fc.nat(asked.length - 1), status, type, body, async (bad, code, contentType, text) => {
        const chamber = formatChamber(asked[bad]!);
        simulator.misbehaviour.replace([
          { chamber, action: { do: 'answer', status: code, type: contentType, body: text } },
        ]);
        const outcomes = await Promise.all(
          asked.map((id) => client.fetchChamber(listed, id).catch((fault: unknown) => fault)),
        );
        for (const [index, outcome] of outcomes.entries()) {
          if (index !== bad) expect(outcome).toEqual(toyMatrix(run, asked[index]!));
          else expect(outcome).toBeInstanceOf(DqmError);
        }
        // Whatever was said of that chamber, it is asked for again.
        simulator.misbehaviour.replace([]);
        expect(await client.fetchChamber(listed, asked[bad]!)).toEqual(toyMatrix(run, asked[bad]!));
      }),
      { numRuns: 150 },
    );
  },
);
