import { type SettingName, allowedIn, settingOf } from "./settings.ts";

/**
 * Turns raw settings into values and keeps every mistake, so that all of them can be told at once. A setting with a
 * mistake gets its default, which is never used: mistakes end the program.
 */
export class SettingReader {
  readonly #values: ReadonlyMap<SettingName, string>;
  readonly #mistakes: string[] = [];

  constructor(values: ReadonlyMap<SettingName, string>) {
    this.#values = values;
  }

  get mistakes(): readonly string[] {
    return this.#mistakes;
  }

  /** As written; undefined when not set and without a default. */
  text(name: SettingName): string | undefined {
    return this.#values.get(name) ?? settingOf(name).default;
  }

  isSet(name: SettingName): boolean {
    return this.#values.has(name);
  }

  /** A whole number in the setting's range. Only for settings that have a default. */
  wholeNumber(name: SettingName): number {
    const { default: fallback, range: [from, to] = [0, Number.MAX_SAFE_INTEGER] } = settingOf(name);
    const text = this.text(name) ?? "";
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= from && value <= to) return value;
    this.refuse(name, "is not such a number");
    return Number(fallback);
  }

  /** One of the setting's choices; undefined when not set and without a default. */
  choice<T extends string>(name: SettingName, choices: readonly T[]): T | undefined {
    const text = this.text(name);
    const chosen = choices.find((each) => each === text);
    if (text !== undefined && chosen === undefined) this.refuse(name, "is not one of them");
    return chosen;
  }

  /** Notes a mistake: what is wrong, and what is allowed. A secret's value is never in it. */
  refuse(name: SettingName, wrong: string, allowed?: string): void {
    const setting = settingOf(name);
    const value = setting.secret ? undefined : this.#values.get(name);
    const shown = value === undefined ? "" : `${JSON.stringify(value.slice(0, 100))} `;
    const may = allowed ?? allowedIn(setting);
    this.#mistakes.push(`${name}: ${shown}${wrong}${may === undefined ? "" : `; allowed: ${may}`}`);
  }
}
