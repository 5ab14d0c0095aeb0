/** @jsxImportSource preact */
import type { DeviceKind } from "./model.ts";

const SHAPES: Readonly<Record<DeviceKind, string>> = {
  desktop: "M4 5h16v10H4zM2 19h20",
  phone: "M8 3h8v18H8zM11.5 18h1",
  tablet: "M5 3h14v18H5zM11.5 18h1",
  bot: "M3 5h18v14H3zM7 10l3 2.5L7 15M12.5 15H16",
  unknown:
    "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.6 2.2c-.7.4-1.1.9-1.1 1.8M12 16.6v.1",
};

/** Decoration: the device's name says the same in words. */
export function KindIcon({ kind }: { readonly kind: DeviceKind }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={SHAPES[kind]} />
    </svg>
  );
}
