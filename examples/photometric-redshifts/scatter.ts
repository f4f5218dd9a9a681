import { Jimp, loadFont } from "jimp";
import { SANS_16_BLACK } from "jimp/fonts";

/** Pixels of the square in which the points lie, and around it. */
const side = 480;
const margin = 40;

/** Draws predicted over true redshifts as points, with the lines of |dz| = 0 and 0.15 (1 + z). */
export async function writeScatter(
  path: `${string}.png`,
  truth: Float64Array,
  predicted: Float64Array,
): Promise<void> {
  const sorted = truth.toSorted();
  const most = 1.1 * (sorted[Math.floor(0.995 * sorted.length)] ?? 1);
  const picture = new Jimp({
    width: side + 2 * margin,
    height: side + 2 * margin,
    color: 0xffffffff,
  });
  const put = (zSpec: number, zPhot: number, colour: number): void => {
    if (zSpec < 0 || zPhot < 0 || zSpec > most || zPhot > most) return;
    const x = margin + Math.round((zSpec / most) * side);
    const y = margin + side - Math.round((zPhot / most) * side);
    picture.setPixelColor(colour, x, y);
    picture.setPixelColor(colour, x + 1, y);
    picture.setPixelColor(colour, x, y + 1);
  };
  for (let step = 0; step <= side; ++step) {
    const z = (step / side) * most;
    put(z, z, 0x000000ff);
    put(z, z + 0.15 * (1 + z), 0xaaaaaaff);
    put(z, z - 0.15 * (1 + z), 0xaaaaaaff);
    for (const edge of [0, most]) {
      put(z, edge, 0x000000ff);
      put(edge, z, 0x000000ff);
    }
  }
  for (const [i, z] of truth.entries()) put(z, predicted[i] ?? 0, 0x1f5fbfff);
  const font = await loadFont(SANS_16_BLACK);
  picture.print({
    font,
    x: margin,
    y: 12,
    text: `z_phot (up) against z_spec (right), 0 to ${most.toFixed(2)}`,
  });
  await picture.write(path);
}
