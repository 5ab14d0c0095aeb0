/** What was to be read is not there. */
export class NoDatabase extends Error {
  override readonly name = "NoDatabase";

  constructor(path: string) {
    super(`There is no database ${path}`);
  }
}
