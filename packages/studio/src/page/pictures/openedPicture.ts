/** A picture that a person gave. */
export interface OpenedPicture {
  /** Its content, which stays when the file that it was read from is changed. */
  readonly file: Blob;
  /** In pixels, upright. */
  readonly width: number;
  readonly height: number;
  /** For the screen: a large picture is smaller here. */
  readonly shown: ImageBitmap;
}
