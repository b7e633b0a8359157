/** Keeps the page of a booking up to date: it fetches the page again and shows what has changed. */

import { startClock } from "./clock.js";

const changed = document.querySelector("[data-changed]");
let clock = startClock();
let timer = 0;

function region(root = document) {
  return root.querySelector("[data-region=booking]");
}

async function look() {
  clearTimeout(timer);
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok && !answer.redirected) {
      show(region(new DOMParser().parseFromString(await answer.text(), "text/html")));
      clock?.correct(answer.headers.get("Date"));
    }
  } catch {
    // No network: the page stays as it is until the next look.
  }
  plan();
}

function show(next) {
  const now = region();
  if (!next || headline(next) === headline(now)) return;
  clock?.stop();
  now.replaceWith(next);
  clock = startClock();
  changed.textContent = headline(next);
  document.title = document.title.replace(/^[^:]*/, headline(next));
}

function headline(root) {
  return root.querySelector("h1").textContent;
}

function plan() {
  const seconds = Number(region().dataset.follow ?? 0);
  if (seconds && document.visibilityState === "visible") timer = setTimeout(look, seconds * 1000);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && region().dataset.follow) look();
});
addEventListener("pageshow", (event) => event.persisted && look());
look();
