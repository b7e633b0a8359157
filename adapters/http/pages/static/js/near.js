// The position of the browser goes into a header, not into the address: no history and no log has it. It is rounded to
// about a hundred metres, which is enough for distances.

import "./cards.js";

const HEADER = "X-Position";
const DECIMALS = 3;
const PATIENCE_MS = 10_000;

const locate = document.querySelector("[data-locate]");
const status = document.querySelector("[data-near-status]");
let position = null;

if ("geolocation" in navigator) {
  locate.hidden = false;
  locate.querySelector("button").addEventListener("click", findPosition);
  document.querySelector("[data-city-label]").textContent = "Or a city";
}

function findPosition() {
  say("Looking for your position…");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      position = `${coords.latitude.toFixed(DECIMALS)},${coords.longitude.toFixed(DECIMALS)}`;
      show(new URL("/near", location.href));
    },
    ({ code, PERMISSION_DENIED }) => {
      say(code === PERMISSION_DENIED ? "That is fine: type a city instead." : "Your position could not be found. Type a city instead.");
      document.getElementById("city").focus();
    },
    { timeout: PATIENCE_MS, maximumAge: 60_000 },
  );
}

async function show(address) {
  try {
    const response = await fetch(address, { headers: position ? { [HEADER]: position } : {} });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const loaded = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = loaded.querySelector('[data-region="near"]');
    document.querySelector('[data-region="near"]').replaceWith(fresh);
    say(loaded.querySelector(".radar figcaption, [data-region=near] .empty h2")?.textContent ?? "");
  } catch {
    say("Nothing could be loaded. Try it again.");
  }
}

function say(text) {
  status.textContent = text;
}

// How far and when, while the position is only known here.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-near-link]");
  if (!link || !position || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  show(link.href);
});

// A dot and its card are shown together.
for (const [kind, isOn] of [["pointerover", true], ["pointerout", false]]) {
  document.addEventListener(kind, ({ target }) => {
    const dot = target.closest?.(".radar-dot");
    const card = target.closest?.(".event-card[data-number]");
    const numbers = dot ? dot.dataset.numbers.split(" ") : card ? [card.dataset.number] : [];
    for (const number of numbers) {
      document.querySelector(`.radar-dot[data-numbers~="${number}"]`)?.classList.toggle("is-pointed", isOn);
      if (dot) document.querySelector(`.event-card[data-number="${number}"]`)?.classList.toggle("is-pointed", isOn);
    }
  });
}
