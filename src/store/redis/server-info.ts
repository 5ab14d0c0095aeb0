/** The fields of an INFO reply. */
export function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}

/** Replicas connected and in sync, by the fields of INFO replication: "slave0:ip=…,port=…,state=online,offset=…". */
export function connectedReplicas(info: ReadonlyMap<string, string>): number {
  let online = 0;
  for (const [name, value] of info) {
    if (/^slave[0-9]+$/.test(name) && value.includes("state=online")) online += 1;
  }
  return online;
}
