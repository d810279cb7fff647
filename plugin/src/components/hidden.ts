import { css } from '@emotion/css';

/** For what screen readers should find and eyes need not. */
export const visuallyHidden = css({
  border: 0,
  clip: 'rect(0 0 0 0)',
  height: 1,
  margin: -1,
  overflow: 'hidden',
  padding: 0,
  position: 'absolute',
  whiteSpace: 'nowrap',
  width: 1,
});
