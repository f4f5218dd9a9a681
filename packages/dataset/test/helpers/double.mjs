/** Transforms of a user's own, for the tests. */
export function transform(sample, _context, { factor }) {
  for (let i = 0; i < sample.data.length; ++i) sample.data[i] *= factor;
}

export function rowSums({ data, shape: [height, width], dtype }) {
  const sums = Float32Array.from({ length: height }, (_, y) =>
    data.subarray(y * width, (y + 1) * width).reduce((a, b) => a + b, 0),
  );
  return { data: sums, shape: [height], dtype };
}

export function fails(_sample, { id }) {
  if (id === 2) throw new Error("sample 2 is not to my taste");
}

export function exits() {
  process.exit(3);
}
