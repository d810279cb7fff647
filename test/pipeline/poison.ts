/** Hits of a wire that a frail worker does not survive, as real ones did not survive runs whose scoring took all memory. */
export const poison = 999_999;
