/** What one look at one part of the installation found. */
export interface Finding {
  part: string;
  /** `warning` works and will not for long, or not well; `skipped` does not apply here. */
  state: 'ok' | 'warning' | 'failure' | 'skipped';
  found: string;
  /** What to do about it; absent when there is nothing to do. */
  fix?: string;
}

/** A look that went wrong is a finding itself: its message is one line for people. */
export async function findingOf(
  part: string,
  fix: string,
  look: () => Promise<Omit<Finding, 'part'>>,
): Promise<Finding> {
  try {
    return { part, ...(await look()) };
  } catch (error) {
    return { part, state: 'failure', found: error instanceof Error ? error.message : String(error), fix };
  }
}
