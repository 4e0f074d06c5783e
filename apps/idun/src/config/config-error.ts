/** Everything that is wrong with a configuration, in one message for the one who starts the program. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    const count = problems.length === 1 ? 'an error' : `${problems.length} errors`;
    super(
      [
        `The configuration has ${count}, so idun does not start:`,
        ...problems.map((problem) => `  - ${problem}`),
        'Every setting is described in docs/CONFIGURATION.md.',
      ].join('\n'),
    );
    this.name = 'ConfigError';
  }
}
