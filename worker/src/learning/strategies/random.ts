import type { Strategy } from './strategy.ts';

export const random: Strategy = {
  name: 'random',
  about: 'Every chamber is as likely as every other.',
  prepare: (knowledge) => () => knowledge.random(),
};
