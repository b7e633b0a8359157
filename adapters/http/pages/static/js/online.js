/** How many people are connected, on the first page of admins; the server says so when it changes. */

import { live } from "./live/page.js";

live.on("online_users", ({ count }) => {
  document.querySelector("[data-online-count]").textContent = count.toLocaleString("en");
  document.querySelector("[data-online]").hidden = false;
});
