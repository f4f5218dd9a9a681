/** The cards of a header (`cpp/addon/header.cc`). */
export interface RawCards {
  /** Keyword, text and comment of each card, one after the other. */
  readonly texts: string;
  /** A card each: kind, number, imaginary part, record, records, and the ends of its three texts. */
  readonly numbers: Float64Array;
}
