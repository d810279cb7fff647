import React from 'react';
import { Message } from '../../src/components/Message.tsx';

export function ContaminationPage() {
  return <Message icon="table" title="Contamination" />;
}
