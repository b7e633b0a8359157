/** The clock of a booking that is held, while the page is kept up to date; see `live/page.js`. */

import { live } from "../live/page.js";
import { startClock } from "./clock.js";

let clock = startClock();

live.onRefresh(({ replaced, date }) => {
  const [change] = replaced;
  if (change) {
    const retry = change.before.querySelector("[data-hold-clock]")?.dataset.retry;
    clock?.stop();
    clock = startClock();
    // The address to try again at knows the seats that the hold had.
    if (retry && change.after.dataset.state === "expired") location.replace(retry);
    if (change.after.dataset.state === "confirmed") import("./keep.js");
  }
  clock?.correct(date);
});
