import { fitsError } from "@fitstream/native";
import { remoteError } from "@fitstream/remote";
import { DatasetError, type FailedSampleError, type PlainError } from "../errors.js";

/** The error that `toPlain` made plain. */
export function fromPlain(plain: PlainError): FailedSampleError {
  switch (plain.from) {
    case "native":
      return fitsError(plain.fields);
    case "remote":
      return remoteError(plain.fields);
    case "dataset":
      return new DatasetError(plain.fields);
  }
}
