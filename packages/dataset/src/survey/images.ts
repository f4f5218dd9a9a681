import type { IndexedFile } from "./indexed-file.js";
import type { ImageSource } from "./sample-source.js";
import { allImages, chooseImage, type HduChoice, type SurveyHdu } from "./survey-hdu.js";

/** Whole images as samples: one of each file, or every one (`"*"`). */
export function imageSamples(files: readonly IndexedFile[], choice: HduChoice | "*"): ImageSource {
  const images: readonly SurveyHdu[] =
    choice === "*"
      ? files.flatMap((file) => allImages(file))
      : files.map((file) => chooseImage(file, choice));
  return {
    kind: "images",
    hdus: images,
    length: images.length,
    ids: images.length,
    windowShape: undefined,
    hduOf: (sample) => sample,
    originOf: (sample) => (images[sample]?.hdu?.shape ?? []).map(() => 0),
    idOf: (sample) => sample,
  };
}
