/** Fields of one CSV record (RFC 4180); null when its quotes do not close or stand amid text. */
export function parseCsv(record: string): string[] | null {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (record[at] === '"') {
      let field = '';
      for (let from = at + 1; ;) {
        const quote = record.indexOf('"', from);
        if (quote < 0) return null;
        field += record.slice(from, quote);
        at = quote + 1;
        if (record[at] !== '"') break;
        field += '"';
        from = at + 1;
      }
      if (at < record.length && record[at] !== ',') return null;
      fields.push(field);
    } else {
      const comma = record.indexOf(',', at);
      const end = comma < 0 ? record.length : comma;
      fields.push(record.slice(at, end));
      at = end;
    }
    if (at >= record.length) return fields;
    at += 1;
  }
}

/** One CSV record without its line end. */
export function formatCsv(fields: readonly (string | number | boolean | null)[]): string {
  return fields
    .map((field) => {
      const text = field === null ? '' : String(field);
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(',');
}
