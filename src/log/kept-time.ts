/** Writes instants as toISOString does, which takes a third of the time of a line: many lines are of one millisecond. */
export class KeptTime {
  #epochMs = Number.NaN;
  #text = "";

  textOf(epochMs: number): string {
    if (epochMs === this.#epochMs) return this.#text;
    this.#text = new Date(epochMs).toISOString();
    this.#epochMs = epochMs;
    return this.#text;
  }
}
