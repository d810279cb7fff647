/**
 * A number as the DQM server writes it: six significant digits, exponents above a million, as C's `%g` does.
 *
 * Source: the DQM GUI's JSON of histograms, e.g. 1234567 stands as `1.23457e+06`.
 */
export function formatNumber(value: number): string {
  if (value === 0) return '0';
  const [mantissa = '', exponentText = ''] = value.toExponential(5).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  const sign = exponent < 0 ? '-' : '+';
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  return `${mantissa.replace(/\.?0+$/, '')}e${sign}${digits}`;
}
