import type { IndexedFile } from "./indexed-file.js";
import type { SampleSource } from "./sample-source.js";
import { allImages, chooseImage, type HduChoice, type SurveyImage } from "./survey-image.js";

/** Whole images as samples: one of each file, or every one (`"*"`). */
export function imageSamples(files: readonly IndexedFile[], choice: HduChoice | "*"): SampleSource {
  const images: readonly SurveyImage[] =
    choice === "*"
      ? files.flatMap((file) => allImages(file))
      : files.map((file) => chooseImage(file, choice));
  return {
    images,
    length: images.length,
    ids: images.length,
    windowShape: undefined,
    imageOf: (sample) => sample,
    originOf: (sample) => (images[sample]?.hdu?.shape ?? []).map(() => 0),
    idOf: (sample) => sample,
  };
}
