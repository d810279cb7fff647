import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { chamberLabel } from '@dtdqm/contract';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import type { Desk, DeskState } from '../../labelling/desk.ts';
import { OutboxBadge } from './OutboxBadge.tsx';
import type { Theme } from '../../theme/theme.ts';

interface Props {
  model: ChamberModel | null;
  labelling: { desk: Desk; state: DeskState } | null;
}

/** Which chamber this is, how it stands, why it is here, and whether what was said has arrived. */
export function ChamberHeading({ model, labelling }: Props) {
  const styles = useStyles2(getStyles);
  const session = labelling?.state.session;
  const bad = model?.layers.filter(({ verdict }) => verdict === 'bad').map(({ layer }) => layer) ?? [];
  return (
    <header className={styles.heading}>
      {model?.chamber ? <span className={styles.chamber}>{chamberLabel(model.chamber)}</span> : null}
      {model?.run ? <span className={styles.run}>run {model.run}</span> : null}
      {bad.length ? (
        <span className={styles.bad}>
          ▲ {bad.length === 1 ? `layer ${bad[0]} bad` : `${bad.length} layers bad`}
        </span>
      ) : null}
      {session?.task?.reason && session.revealed ? (
        <span className={styles.reason}>{session.task.reason}</span>
      ) : null}
      {session && !session.revealed ? (
        <span className={styles.reason}>blind: scores and other labels appear after your answer</span>
      ) : null}
      <span className={styles.space} />
      {labelling ? (
        <OutboxBadge
          status={labelling.state.outbox}
          count={labelling.state.session.count}
          retry={() => labelling.desk.outbox.retry()}
        />
      ) : null}
    </header>
  );
}

function getStyles({ colors, spacing, typography }: Theme) {
  return {
    heading: css({ alignItems: 'baseline', display: 'flex', flexWrap: 'wrap', gap: spacing(0.5, 2) }),
    chamber: css({
      fontSize: typography.h3.fontSize,
      fontVariantNumeric: 'tabular-nums',
      fontWeight: typography.fontWeightMedium,
      lineHeight: 1.2,
    }),
    run: css({ color: colors.text.secondary, fontVariantNumeric: 'tabular-nums' }),
    bad: css({ color: colors.error.text, fontWeight: typography.fontWeightMedium }),
    reason: css({ color: colors.text.secondary, fontSize: typography.bodySmall.fontSize }),
    space: css({ flex: 1 }),
  };
}
