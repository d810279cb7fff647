import React, { useEffect, useMemo, type ComponentType, type ReactNode } from 'react';
import {
  EventBusSrv,
  getDefaultTimeRange,
  getDisplayProcessor,
  LoadingState,
  type DataFrame,
  type FieldConfigSource,
  type PanelProps,
  type GrafanaTheme2,
} from '@grafana/data';
import { useStyles2, useTheme2 } from '@grafana/ui';
import { useSize } from '../src/components/panel.ts';
import { css, cx } from '@emotion/css';

interface Props<Options> {
  panel: ComponentType<PanelProps<Options>>;
  frames: readonly DataFrame[];
  options: Options;
  isLoading?: boolean;
  error?: string | null;
  /** Gives the panel the keyboard as soon as it is there: for pages that are about it alone. */
  hasFocus?: boolean;
  /** Values of `$run`, `$wheel`, `$station`, `$sector`. */
  variables: Record<string, number | string | null>;
}

const eventBus = new EventBusSrv();
const fieldConfig: FieldConfigSource = { defaults: {}, overrides: [] };
const nothing = () => undefined;

/** Gives a panel what Grafana would give it: data, size, options, variables. Thin on purpose: the panels are the product. */
export function PanelHost<Options>(props: Props<Options>) {
  const {
    panel: Panel,
    frames,
    options,
    isLoading = false,
    error = null,
    hasFocus = false,
    variables,
  } = props;
  const theme = useTheme2();
  const [frame, { width, height }] = useSize<HTMLDivElement>();
  const isThere = width > 0;
  useEffect(() => {
    if (isThere && hasFocus) frame.current?.querySelector<HTMLElement>('[role="group"]')?.focus();
  }, [isThere, hasFocus, frame]);
  const data = useMemo(
    () => ({
      state: error ? LoadingState.Error : isLoading ? LoadingState.Loading : LoadingState.Done,
      series: frames.map((each) => ({
        ...each,
        fields: each.fields.map((field) => ({ ...field, display: getDisplayProcessor({ field, theme }) })),
      })),
      timeRange: getDefaultTimeRange(),
      ...(error ? { error: { message: error } } : {}),
    }),
    [frames, theme, isLoading, error],
  );
  const replaceVariables = (text: string, scoped: Record<string, { value: unknown }> = {}) =>
    text.replace(/\$\{?(\w+)\}?/g, (whole, name: string) =>
      String(scoped[name]?.value ?? variables[name] ?? whole),
    );
  return (
    <div ref={frame} style={{ flex: '1 1 0', minHeight: 0, height: '100%' }}>
      {isThere ? (
        <Panel
          id={1}
          title=""
          transparent
          data={data}
          options={options}
          width={width}
          height={height}
          timeRange={data.timeRange}
          timeZone="browser"
          fieldConfig={fieldConfig}
          renderCounter={0}
          eventBus={eventBus}
          replaceVariables={replaceVariables as PanelProps['replaceVariables']}
          onOptionsChange={nothing}
          onFieldConfigChange={nothing}
          onChangeTimeRange={nothing}
        />
      ) : null}
    </div>
  );
}

interface PageFrameProps {
  controls?: ReactNode;
  children: ReactNode;
  /** What stands below the panel, as high as it needs. */
  below?: ReactNode;
}

/** A page of one panel: its controls above, the panel below it filling what is left. */
export function PageFrame({ controls, children, below }: PageFrameProps) {
  const styles = useStyles2(getFrameStyles);
  return (
    <div className={cx(styles.frame, Boolean(below) && styles.scrolling)}>
      {controls ? <div className={styles.controls}>{controls}</div> : null}
      <div className={styles.panel}>{children}</div>
      {below ? <div className={styles.below}>{below}</div> : null}
    </div>
  );
}

function getFrameStyles(theme: GrafanaTheme2) {
  const { colors, spacing } = theme;
  const card = {
    background: colors.background.primary,
    border: `1px solid ${colors.border.weak}`,
    borderRadius: theme.shape.radius.default,
    display: 'flex',
    flexDirection: 'column',
    padding: spacing(2),
  } as const;
  return {
    frame: css({
      display: 'flex',
      flex: '1 1 0',
      flexDirection: 'column',
      gap: spacing(1.5),
      minHeight: 0,
      padding: spacing(2),
    }),
    controls: css({ alignItems: 'center', display: 'flex', flexWrap: 'wrap', gap: spacing(1, 2) }),
    // On a narrow page headings and buttons need several lines, and twelve layers still have to be read.
    panel: css({
      ...card,
      flex: '1 1 0',
      minHeight: 420,
      '@media (max-width: 600px)': { minHeight: 640 },
    }),
    // With something below it the page is longer than the window, and scrolls.
    scrolling: css({ flex: '1 0 auto' }),
    below: css({ ...card, flex: 'none', padding: spacing(1, 2) }),
  };
}
