import { InvalidArgumentError } from 'commander';

/** A parser of options: text that is not blank. */
export function atMost(length: number) {
  return (text: string): string => {
    if (text.trim() === '' || text.length > length) {
      throw new InvalidArgumentError(`It has 1 to ${length} characters.`);
    }
    return text;
  };
}
