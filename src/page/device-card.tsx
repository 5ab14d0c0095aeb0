/** @jsxImportSource preact */
import { AskButton, type Ask } from "./ask-button.tsx";
import { KindIcon } from "./icons.tsx";
import { Instant, Outside } from "./labels.tsx";
import type { DevicesView, DeviceView } from "./model.ts";

export interface DeviceCardProps {
  readonly device: DeviceView;
  readonly view: DevicesView;
  readonly isLive: boolean;
  readonly ask: Ask;
}

/** One device of the list, with its way out. */
export function DeviceCard({ device, view, isLive, ask }: DeviceCardProps) {
  const action = { kind: "close", session_id: device.session_id } as const;
  return (
    <li class={device.current ? "card current" : "card"}>
      <KindIcon kind={device.device_kind} />
      <h3>
        <Outside text={device.device_name} />
      </h3>
      <AskButton action={action} basePath={view.base_path} ask={ask} tone="plain">
        Sign out
        <span class="unseen">
          {" "}
          {device.current ? "this device" : <Outside text={device.device_name} />}
        </span>
      </AskButton>
      <DeviceFacts device={device} view={view} isLive={isLive} />
    </li>
  );
}

/** What tells one device from another. */
export function DeviceFacts({ device, view, isLive }: Omit<DeviceCardProps, "ask">) {
  const { last_used_at, created_at, ip_address, device_id, current } = device;
  const { as_of } = view;
  return (
    <dl>
      <div>
        <dt>Last used</dt>
        <dd>
          {current ? (
            <span class="now">Now</span>
          ) : (
            <Instant at={last_used_at} as="relative" asOf={as_of} isLive={isLive} />
          )}
        </dd>
      </div>
      <div>
        <dt>First seen</dt>
        <dd>
          <Instant at={created_at} as="absolute" asOf={as_of} isLive={isLive} />
        </dd>
      </div>
      <div>
        <dt>IP address</dt>
        <dd>{ip_address === undefined ? "Not known" : <Outside text={ip_address} />}</dd>
      </div>
      <div>
        <dt>Device ID</dt>
        <dd class="code">
          <Outside text={device_id} />
        </dd>
      </div>
    </dl>
  );
}
