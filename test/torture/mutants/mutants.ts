/** The build broken on purpose, one place each. The torture has to find every one. */
export interface Mutant {
  file: string;
  find: string;
  replace: string;
}

export const MUTANTS: Readonly<Record<string, Mutant>> = {};
