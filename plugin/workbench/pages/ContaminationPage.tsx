import React, { useMemo } from 'react';
import { Button, useStyles2 } from '@grafana/ui';
import { layersOf } from '@dtdqm/contract';
import type { LabelledChamber } from '../../src/api/monitorApi.ts';
import { DataTable, type Column } from '../../src/components/DataTable.tsx';
import { Message, ProblemMessage } from '../../src/components/Message.tsx';
import { useQuery } from '../../src/components/useQuery.ts';
import { api } from '../../src/api/send.ts';
import { followLink, goTo } from '../host.ts';
import { getListStyles, ScoresPage } from './ScoresPage.tsx';

/** Share of bad layers among the labelled ones, by run, and by station and layer; and the labels that the model agrees with least. */
export function ContaminationPage({ page }: { page: number }) {
  const styles = useStyles2(getListStyles);
  const { data, problem, refetch } = useQuery('labelled', () => api.labelled());
  const byRun = useMemo(() => contaminationByRun(data ?? []), [data]);
  const byLayer = useMemo(() => contaminationByLayer(data ?? []), [data]);
  if (problem && !data) return <ProblemMessage problem={problem} retry={refetch} />;
  if (!data) return <Message icon="sync" title="Loading the labels" />;
  if (data.length === 0) {
    return (
      <Message
        icon="tag-alt"
        title="Nothing is labelled yet"
        action={<Button onClick={() => goTo('/eval/')}>Label</Button>}
      >
        <p>As soon as there are labels, this page tells what share of the layers is bad.</p>
      </Message>
    );
  }
  const run = ({ name }: Share) => (
    <a className={styles.link} href={`/eval/${name}/`} onClick={followLink}>
      {name}
    </a>
  );
  const shares: Column<Share>[] = [
    { title: 'Layers labelled', isNumber: true, cell: ({ labelled }) => labelled },
    { title: 'Bad', isNumber: true, cell: ({ bad }) => bad },
    {
      title: 'Share',
      cell: ({ bad, labelled }) => (
        <>
          <span className={styles.bar} aria-hidden>
            <span style={{ width: `${(100 * bad) / labelled}%` }} />
          </span>
          {((100 * bad) / labelled).toFixed(2)} %
        </>
      ),
    },
  ];
  return (
    <>
      <div className={styles.page}>
        <p className={styles.quiet}>Share of layers called bad among those that labels in force speak of.</p>
        <div className={styles.tables}>
          <DataTable
            columns={[{ title: 'Run', cell: run }, ...shares]}
            rows={byRun}
            keyOf={({ name }) => name}
          />
          <DataTable
            columns={[{ title: 'Station and layer', cell: ({ name }) => name }, ...shares]}
            rows={byLayer}
            keyOf={({ name }) => name}
          />
        </div>
      </div>
      <ScoresPage list="contamination" page={page} />
    </>
  );
}

interface Share {
  name: string;
  /** Layers that labels speak of. */
  labelled: number;
  bad: number;
}

/** Newest run first. */
function contaminationByRun(chambers: readonly LabelledChamber[]): Share[] {
  return count(chambers, ({ chamber }) => String(chamber.run)).sort(
    (a, b) => Number(b.name) - Number(a.name),
  );
}

/** By station, then layer. */
function contaminationByLayer(chambers: readonly LabelledChamber[]): Share[] {
  const nameOf = ({ chamber }: LabelledChamber, layer: number) =>
    `MB${chamber.station} ${String(layer).padStart(2, ' ')}`;
  return count(chambers, nameOf).sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

function count(
  chambers: readonly LabelledChamber[],
  nameOf: (chamber: LabelledChamber, layer: number) => string,
): Share[] {
  const shares = new Map<string, Share>();
  for (const labelled of chambers) {
    for (const layer of layersOf(labelled.chamber.station)) {
      const name = nameOf(labelled, layer);
      const share = shares.get(name) ?? { name, labelled: 0, bad: 0 };
      share.labelled += 1;
      share.bad += labelled.isBad[layer - 1] ? 1 : 0;
      shares.set(name, share);
    }
  }
  return [...shares.values()];
}
