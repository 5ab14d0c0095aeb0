import type { Log } from "../log.ts";
import type { StoreNews } from "../store/store-watch.ts";

/** One log line for each change of the store's state. */
export function tellStoreNews(log: Log, news: StoreNews): void {
  switch (news.news) {
    case "unreachable":
      log.fault("store_unreachable", "the store does not answer; requests get 503", news.error);
      return;
    case "reachable":
      log.write("info", "store_reachable", "the store answers again");
      return;
    case "warning":
      log.write("warn", "store_warning", news.warning);
      return;
    case "warning_over":
      log.write("info", "store_warning_over", `over: ${news.warning}`);
      return;
  }
}
