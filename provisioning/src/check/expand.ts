interface TimeRange {
  from: Date;
  to: Date;
}

/** Values of the dashboard's variables, as they are chosen above the panels. */
type VariableValues = Readonly<Record<string, string | readonly string[]>>;

export interface Expansion {
  range: TimeRange;
  intervalSeconds: number;
  variables: VariableValues;
}

/**
 * What Grafana makes of a statement before PostgreSQL sees it: first the page fills in variables, then the server the
 * interval and the macros of its PostgreSQL data source (those that we use).
 *
 * @throws {Error} for a variable or macro that is not known: Grafana would send it as it stands.
 */
export function expand(sql: string, { range, intervalSeconds, variables }: Expansion): string {
  const filled = sql.replace(/\$\{(\w+)(?::(\w+))?\}/g, (_, name: string, format?: string) => {
    const value = variables[name];
    if (value === undefined) throw new Error(`no variable ${name}`);
    return typeof value === 'string' ? value : joined(value, format);
  });
  const timed = filled
    .replaceAll('$__interval_ms', String(intervalSeconds * 1000))
    .replaceAll('$__interval', `${intervalSeconds}s`);
  return timed.replace(/\$([_a-zA-Z0-9]+)\(([^)]*)\)/g, (_, name: string, text: string) =>
    macro(
      name,
      text.split(',').map((argument) => argument.trim()),
      range,
    ),
  );
}

/** Several values: `csv` leaves them as they are, without a format the SQL data source quotes them. */
function joined(values: readonly string[], format: string | undefined): string {
  if (format === 'csv') return values.join(',');
  if (format === undefined) return values.map((value) => `'${value.replaceAll("'", "''")}'`).join(',');
  throw new Error(`no format ${format}`);
}

function macro(name: string, [first = '', second = '']: readonly string[], { from, to }: TimeRange): string {
  switch (name) {
    case '__timeFilter':
      return `${first} BETWEEN '${from.toISOString()}' AND '${to.toISOString()}'`;
    case '__timeFrom':
      return `'${from.toISOString()}'`;
    case '__timeTo':
      return `'${to.toISOString()}'`;
    case '__timeGroup': {
      const seconds = Number.parseFloat(second.replaceAll("'", ''));
      return `floor(extract(epoch from ${first})/${seconds})*${seconds}`;
    }
    default:
      throw new Error(`no macro ${name}`);
  }
}
