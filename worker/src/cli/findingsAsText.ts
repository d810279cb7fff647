import type { Finding } from '../observe/doctor/finding.ts';

const marks: Record<Finding['state'], string> = {
  ok: 'ok  ',
  warning: 'WARN',
  failure: 'FAIL',
  skipped: '-   ',
};

/** A line for each part, and what to do below the line where there is something to do. */
export function findingsAsText(findings: readonly Finding[]): string {
  const widest = Math.max(...findings.map(({ part }) => part.length));
  return findings
    .map(({ part, state, found, fix }) => {
      const line = `${marks[state]}  ${part.padEnd(widest)}  ${found}\n`;
      return fix === undefined ? line : `${line}      ${' '.repeat(widest)}-> ${fix}\n`;
    })
    .join('');
}
