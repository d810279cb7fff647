import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/** Prints the table of scenarios as Markdown, a row a scenario and a column a surface: `npm run scenarios`. */
export default class ScenarioTable implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // What is beside the table has names without quotation marks.
    const scenarios = modules
      .flatMap(({ children }) => [...children.suites()])
      .filter(({ name }) => name.startsWith("'"));
    const results = scenarios.map((scenario) => ({ scenario: scenario.name, said: resultsOf(scenario) }));
    const surfaces = [...new Set(results.flatMap(({ said }) => [...said.keys()]))];
    const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
    const table = [
      row(['scenario', ...surfaces]),
      row(['---', ...surfaces.map(() => '---')]),
      ...results.map(({ scenario, said }) =>
        row([scenario, ...surfaces.map((name) => said.get(name) ?? '')]),
      ),
    ];
    process.stdout.write(table.join(''));
  }
}

/** `=` where a surface says what the table says, `DIFFERS` where it does not; by the name of the test. */
function resultsOf({ children }: TestSuite): Map<string, string> {
  const sign = { passed: '=', failed: 'DIFFERS', skipped: '', pending: '' };
  return new Map(
    [...children.tests()].map((test) => [
      test.name.replace('has the same ', '').replace(' in ', ': '),
      sign[test.result().state],
    ]),
  );
}
