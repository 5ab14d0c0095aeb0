import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { describeSessionStore } from "./session-store.ts";

describeSessionStore("memory", async () => {
  const store = new MemoryStore();
  return { store, revocations: store.revocations, close: () => store.close() };
});
