import type { Matrix } from "../shared/model.js";

/** A little of each weight's square in the loss: colours are differences of magnitudes. */
const ridge = 1e-6;

/**
 * The linear function of the inputs whose squared errors are the least, by the normal equations.
 *
 * @returns What predicts rows of the same width.
 */
export function linearRegression(
  { data, shape }: Matrix,
  target: ArrayLike<number>,
): (inputs: Matrix) => Float64Array {
  const [rows, width] = shape;
  const size = width + 1;
  const at = (of: Float32Array, row: number, column: number): number =>
    column === width ? 1 : (of[row * width + column] ?? 0);
  // Each equation with its right side as the last element.
  const equations = Array.from({ length: size }, (_, i) => {
    const equation = new Float64Array(size + 1);
    for (let row = 0; row < rows; ++row) {
      const value = at(data, row, i);
      for (let j = 0; j < size; ++j) equation[j] = (equation[j] ?? 0) + value * at(data, row, j);
      equation[size] = (equation[size] ?? 0) + value * (target[row] ?? 0);
    }
    equation[i] = (equation[i] ?? 0) + ridge * rows;
    return equation;
  });
  const weights = solve(equations);
  return (inputs) =>
    Float64Array.from({ length: inputs.shape[0] }, (_, row) =>
      weights.reduce((sum, weight, i) => sum + weight * at(inputs.data, row, i), 0),
    );
}

/** Solves equations whose matrix is symmetric and positive definite: no pivots are needed. */
function solve(equations: readonly Float64Array[]): number[] {
  for (const [i, pivot] of equations.entries()) {
    for (const [j, equation] of equations.entries()) {
      if (i === j) continue;
      const factor = (equation[i] ?? 0) / (pivot[i] ?? 1);
      for (let k = i; k < equation.length; ++k) {
        equation[k] = (equation[k] ?? 0) - factor * (pivot[k] ?? 0);
      }
    }
  }
  return equations.map((equation, i) => (equation.at(-1) ?? 0) / (equation[i] ?? 1));
}
