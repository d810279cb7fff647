import React from 'react';
import { Message } from '../../src/components/Message.tsx';

export function ScoresPage({ onlyUnlabelled }: { onlyUnlabelled: boolean }) {
  return <Message icon="table" title={onlyUnlabelled ? 'New scores' : 'Scores'} />;
}
