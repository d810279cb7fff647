import React from 'react';
import { css } from '@emotion/css';
import { useStyles2 } from '@grafana/ui';
import { keyStyle } from '../../theme/theme.ts';
import { keyBindings, type KeyBinding } from '../../labelling/keys.ts';
import type { Theme } from '../../theme/theme.ts';

const groups: readonly KeyBinding['group'][] = ['Chamber', 'Layers', 'View'];

/** All keys, from the registry that the keyboard itself is read with. */
export function KeyHelp() {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.groups}>
      {groups.map((group) => (
        <section key={group}>
          <h2 className={styles.title}>{group}</h2>
          <dl className={styles.list}>
            {keyBindings
              .filter((binding) => binding.group === group && !binding.shift)
              .map(({ shown, label }) => (
                <React.Fragment key={shown}>
                  <dt>
                    <kbd className={styles.key}>{shown}</kbd>
                  </dt>
                  <dd>{label}</dd>
                </React.Fragment>
              ))}
          </dl>
          {group === 'Layers' ? <p className={styles.hint}>With Shift: not sure of that layer.</p> : null}
          {group === 'View' ? (
            <p className={styles.hint}>Esc closes; arrow keys walk the cells, space pins one.</p>
          ) : null}
        </section>
      ))}
    </div>
  );
}

function getStyles(theme: Theme) {
  return {
    groups: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1, 5) }),
    title: css({ ...theme.typography.body, color: theme.colors.text.secondary, margin: 0 }),
    list: css({
      display: 'grid',
      gridTemplateColumns: 'auto auto',
      gap: theme.spacing(0.5, 1),
      margin: 0,
      '& dd': { margin: 0 },
      '& dt': { fontWeight: 'normal' },
    }),
    key: css(keyStyle(theme)),
    hint: css({ color: theme.colors.text.secondary, margin: theme.spacing(1, 0, 0) }),
  };
}
