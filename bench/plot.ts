/** One bar: its name, how far it goes, and, where it is a spread, its ends. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface PlotOptions {
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
}

const WIDTH = 860;
const NAME_WIDTH = 290;
const BAR_HEIGHT = 20;
const VALUE_WIDTH = 110;
const HUES = ["#2a6f97", "#468faf", "#61a5c2", "#89c2d9"];

/** Bars that lie, in groups with a scale each; the colour of a bar goes by its name. Readable on light and dark pages. */
export function barPlot(groups: readonly BarGroup[], options: PlotOptions): string {
  let y = 46;
  const parts: string[] = [];
  for (const { title, bars } of groups) {
    parts.push(text(10, y, title, 'font-weight="600"'));
    y += 10;
    const most = Math.max(...bars.map(({ value, high = value }) => Math.max(value, high)), 1e-9);
    for (const bar of bars) {
      parts.push(barOf(bar, y, (WIDTH - NAME_WIDTH - VALUE_WIDTH) / most, options));
      y += BAR_HEIGHT + 4;
    }
    y += 22;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="${escape(options.title)}">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(10, 20, `${options.title} (${options.unit})`, 'font-size="15" font-weight="700"')}
${parts.join("\n")}
</svg>
`;
}

function barOf(bar: Bar, y: number, scale: number, { digits }: PlotOptions): string {
  const { name, value, low, high } = bar;
  const middle = y + BAR_HEIGHT / 2;
  const end = NAME_WIDTH + value * scale;
  const colour = name.startsWith("service") ? HUES[0] : HUES[2];
  const whisker =
    low === undefined || high === undefined
      ? ""
      : `<path d="M${round(NAME_WIDTH + low * scale)} ${middle}H${round(NAME_WIDTH + high * scale)}" stroke="#222" stroke-width="1.5"/>`;
  return [
    text(NAME_WIDTH - 8, middle + 4, name, 'text-anchor="end"'),
    `<rect x="${NAME_WIDTH}" y="${y}" width="${round(Math.max(value * scale, 1))}" height="${BAR_HEIGHT}" fill="${colour}"/>`,
    whisker,
    text(
      Math.max(end, NAME_WIDTH + (high ?? 0) * scale) + 6,
      middle + 4,
      grouped(value, digits),
      "",
    ),
  ].join("");
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="#1b1b1b" ${attributes}>${escape(words)}</text>`;
}

function grouped(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
