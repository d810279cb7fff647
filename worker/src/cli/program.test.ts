import { expect, it } from 'vitest';
import { commands, createProgram } from './program.ts';

const namesOf = async (...args: string[]) =>
  (await createProgram(args)).commands.map((command) => command.name());

it('names in its table every command that a chapter registers, and no other', async () => {
  expect((await namesOf()).sort()).toEqual(Object.keys(commands).sort());
});

it.each(Object.keys(commands))('finds %s in the chapter that the table names', async (name) => {
  expect(await namesOf(name)).toContain(name);
});
