/** One cell: text that a terminal shows as it is, and a style for it that takes no room. */
export interface Cell {
  readonly text: string;
  readonly paint?: (shown: string) => string;
}

const GAP = "  ";

/** Rows as lines whose columns stand below each other, wide characters counted as two. No blanks at line ends. */
export function tableLines(rows: readonly (readonly Cell[])[]): readonly string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => widthOf(row[column]))),
  );
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const isLast = column === row.length - 1;
      const blanks = isLast ? 0 : (widths[column] ?? 0) - widthOf(cell);
      return (cell.paint ?? ((shown: string) => shown))(cell.text) + " ".repeat(blanks);
    });
    return cells.join(GAP);
  });
}

function widthOf(cell: Cell | undefined): number {
  return cell === undefined ? 0 : Bun.stringWidth(cell.text);
}
