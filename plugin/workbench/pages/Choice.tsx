import React from 'react';
import { RadioButtonGroup } from '@grafana/ui';

interface Props<Value extends string> {
  label: string;
  value: Value;
  options: Record<Value, string>;
  choose: (value: Value) => void;
}

/** One of a few, side by side. */
export function Choice<Value extends string>({ label, value, options, choose }: Props<Value>) {
  const entries = Object.entries(options) as [Value, string][];
  return (
    <RadioButtonGroup
      size="sm"
      aria-label={label}
      value={value}
      options={entries.map(([each, text]) => ({ value: each, label: text }))}
      onChange={choose}
    />
  );
}
