import { expect, it } from 'vitest';
import { table } from './table.js';

const columns = [
  { title: 'ID', isRight: true },
  { title: 'INSTANCE', isFlexible: true },
  { title: 'SINCE' },
];

it('aligns columns, and leaves no spaces at the end of a line', () => {
  const rows = [
    ['0', 'a', '3 s ago'],
    ['1023', '10.0.0.1:8080', '-'],
  ];
  expect(table(columns, rows)).toBe(
    ['  ID  INSTANCE       SINCE', '   0  a              3 s ago', '1023  10.0.0.1:8080  -'].join(
      '\n',
    ),
  );
});

it('shortens the column that gives way, never below eight characters', () => {
  const rows = [['0', 'a-very-long-instance-name', 'now']];
  expect(table(columns, rows, 24)).toBe('ID  INSTANCE       SINCE\n 0  a-very-long-…  now');
  expect(table(columns, rows, 5)).toBe('ID  INSTANCE  SINCE\n 0  a-very-…  now');
});

it('lets no name move the cursor', () => {
  expect(table(columns, [['0', 'a\u001B[2Jb\n', '-']])).toContain(' 0  a?[2Jb?   -');
});
