import React from 'react';
import { RadioButtonGroup } from '@grafana/ui';

interface Props<Value extends string> {
  label: string;
  value: Value;
  /** Values and what stands for them, in order. */
  options: readonly (readonly [Value, string])[];
  choose: (value: Value) => void;
}

/** One of a few, side by side. */
export function Choice<Value extends string>({ label, value, options, choose }: Props<Value>) {
  return (
    <RadioButtonGroup
      size="sm"
      aria-label={label}
      value={value}
      options={options.map(([each, text]) => ({ value: each, label: text }))}
      onChange={choose}
    />
  );
}
