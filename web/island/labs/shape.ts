/** One marker for each laboratory: told apart without colour. */
export const SHAPES = ["circle", "square", "triangle", "diamond", "down", "plus", "cross", "hex"] as const;
export type Shape = (typeof SHAPES)[number];

export const shapeOf = (order: number): Shape => SHAPES[order % SHAPES.length] as Shape;

/** Corners around the origin for a radius of 1. */
const CORNERS: Record<Exclude<Shape, "circle">, [number, number][]> = {
	square: [
		[-0.9, -0.9],
		[0.9, -0.9],
		[0.9, 0.9],
		[-0.9, 0.9],
	],
	triangle: [
		[0, -1.15],
		[1.05, 0.8],
		[-1.05, 0.8],
	],
	diamond: [
		[0, -1.25],
		[1.1, 0],
		[0, 1.25],
		[-1.1, 0],
	],
	down: [
		[0, 1.15],
		[1.05, -0.8],
		[-1.05, -0.8],
	],
	plus: [
		[-0.35, -1.1],
		[0.35, -1.1],
		[0.35, -0.35],
		[1.1, -0.35],
		[1.1, 0.35],
		[0.35, 0.35],
		[0.35, 1.1],
		[-0.35, 1.1],
		[-0.35, 0.35],
		[-1.1, 0.35],
		[-1.1, -0.35],
		[-0.35, -0.35],
	],
	cross: [
		[-0.7, -1],
		[0, -0.35],
		[0.7, -1],
		[1, -0.7],
		[0.35, 0],
		[1, 0.7],
		[0.7, 1],
		[0, 0.35],
		[-0.7, 1],
		[-1, 0.7],
		[-0.35, 0],
		[-1, -0.7],
	],
	hex: [
		[-1.1, 0],
		[-0.55, -0.95],
		[0.55, -0.95],
		[1.1, 0],
		[0.55, 0.95],
		[-0.55, 0.95],
	],
};

/** The shape as a path of SVG or canvas around a point. */
export function shapePath(shape: Shape, x: number, y: number, r: number): string {
	if (shape === "circle") {
		return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
	}
	return `M${CORNERS[shape].map(([dx, dy]) => `${x + dx * r} ${y + dy * r}`).join("L")}z`;
}
