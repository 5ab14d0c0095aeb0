import type { DeviceView } from "../../src/page/model.ts";

const HOUR_MS = 3_600_000;

/** A device for the page: everything not given is that of a desktop Firefox that is not the current one. */
export function aDevice(given: Partial<DeviceView> = {}): DeviceView {
  return {
    session_id: crypto.randomUUID(),
    device_name: "Firefox on Windows",
    device_kind: "desktop",
    device_id: "office-pc",
    last_used_at: hoursAgo(2),
    created_at: hoursAgo(50),
    current: false,
    ...given,
  };
}

/** A list as people have it: this laptop, a phone, a tablet, a program, and something nobody recognises. */
export function someDevices(): readonly DeviceView[] {
  return [
    aDevice({
      device_name: "Chrome on macOS",
      device_id: "b0d2f1a4-0f5e-4b53-9f0e-5a3d1f6f7c21",
      last_used_at: hoursAgo(0),
      created_at: hoursAgo(26 * 24),
      ip_address: "203.0.113.24",
      current: true,
    }),
    aDevice({
      device_name: "Safari on iPhone",
      device_kind: "phone",
      device_id: "7c3e8d90-4c1b-4f6e-8f57-1f0f5a2f9be3",
      last_used_at: hoursAgo(0.2),
      created_at: hoursAgo(9 * 24),
      ip_address: "2001:db8:85a3::8a2e:370:7334",
    }),
    aDevice({
      device_name: "Samsung Internet on Android",
      device_kind: "tablet",
      device_id: "kitchen-tablet",
      last_used_at: hoursAgo(31),
      created_at: hoursAgo(90 * 24),
      ip_address: "203.0.113.24",
    }),
    aDevice({
      ip_address: "198.51.100.77",
      last_used_at: hoursAgo(5 * 24),
      created_at: hoursAgo(5 * 24),
    }),
    aDevice({
      device_name: "curl",
      device_kind: "bot",
      device_id: "nightly-export",
      last_used_at: hoursAgo(7),
      created_at: hoursAgo(33 * 24),
      ip_address: "192.0.2.10",
    }),
  ];
}

function hoursAgo(hours: number): string {
  return new Date(Date.now() - hours * HOUR_MS).toISOString();
}
