/** How many marks stand in each cell of the calendar: rows of columns. */
export type Grid = readonly (readonly number[])[];

/** One mark: its row, its column, and its place within the cell. */
export interface Place {
	row: number;
	column: number;
	index: number;
}

/** Where an arrow key goes from a mark: to the nearest one that way, or nowhere (the same place). */
export function step(grid: Grid, at: Place, key: string): Place {
	const count = (row: number, column: number): number => grid[row]?.[column] ?? 0;
	switch (key) {
		case "ArrowLeft":
		case "ArrowRight": {
			const by = key === "ArrowLeft" ? -1 : 1;
			const columns = grid[at.row]?.length ?? 0;
			for (let column = at.column + by; column >= 0 && column < columns; column += by) {
				const n = count(at.row, column);
				if (n > 0) {
					return { row: at.row, column, index: Math.min(at.index, n - 1) };
				}
			}
			return at;
		}
		case "ArrowUp":
		case "ArrowDown": {
			const by = key === "ArrowUp" ? -1 : 1;
			const within = at.index + by;
			if (within >= 0 && within < count(at.row, at.column)) {
				return { ...at, index: within };
			}
			for (let row = at.row + by; row >= 0 && row < grid.length; row += by) {
				const n = count(row, at.column);
				if (n > 0) {
					return { row, column: at.column, index: by > 0 ? 0 : n - 1 };
				}
			}
			return at;
		}
		default:
			return at;
	}
}
