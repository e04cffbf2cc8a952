// Rows for people: aligned columns of plain text.
import { printable } from './printable.ts';

/** Aligns the columns of rows of cells, indented by two. */
export function rows(cells: readonly (readonly string[])[]): string[] {
  const shown = cells.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of shown) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  return shown.map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd());
}
