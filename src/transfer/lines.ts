/** One line of a text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  /** Undefined for one that is longer than `maxBytes`, or no UTF-8. */
  readonly text: string | undefined;
}

const NEWLINE = 0x0a;

/** The lines of what `chunks` bring; a last one without an end counts, empty ones do not. Long lines are not kept. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterable<Line> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [parts, bytes, number]: [Uint8Array[], number, number] = [[], 0, 1];
  const take = (): Line => {
    const text = bytes > maxBytes ? undefined : decode(decoder, Buffer.concat(parts));
    [parts, bytes] = [[], 0];
    return { number: number++, text };
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      bytes += at - from;
      if (bytes <= maxBytes) parts.push(chunk.subarray(from, at));
      from = at + 1;
      const line = take();
      if (line.text !== "") yield line;
    }
    bytes += chunk.length - from;
    if (bytes <= maxBytes) parts.push(chunk.slice(from));
  }
  if (bytes > 0) yield take();
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
