// The page of an event: how many places are left, the time where the reader is, sharing, and the way to a similar event.

import { live } from "./live/page.js";
import { wordsOf } from "./live/places.js";
import { tint } from "./live/tint.js";

const zone = document.querySelector("[data-zone]");
const share = document.querySelector("[data-share]");
const picture = document.querySelector(".event-picture img");

live.on("places:changed", showPlaces);
if (zone) showLocalTime(zone);
if (share) offerSharing(share);

// The card that is opened takes over the name of this page's picture, which only one element may have.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-event-link]")) picture.style.viewTransitionName = "none";
});
addEventListener("pageshow", () => {
  picture.style.viewTransitionName = "";
});

// Shows how many places are left; when more has changed than a number, has the page read again.
function showPlaces(places) {
  const { count, capacity } = document.querySelector("[data-region=action]").dataset;
  if (count !== "places" && count !== "line") return;
  const words = wordsOf(count, capacity, places);
  if (words === null) {
    live.want("event");
    return;
  }
  const element = document.querySelector("[data-counted]");
  if (element.textContent === words) return;
  element.textContent = words;
  tint(element);
  live.say(words);
}

// Adds the reader's time to the venue's if their clocks differ at that moment, whatever their zones are called.
function showLocalTime(element) {
  const starts = new Date(element.dataset.starts);
  const format = (timeZone, options) => new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(starts);
  const clock = { hour: "2-digit", minute: "2-digit" };
  const day = { weekday: "short", day: "numeric", month: "short" };
  const there = element.dataset.zone;
  const isSameDay = format(undefined, day) === format(there, day);
  if (isSameDay && format(undefined, clock) === format(there, clock)) {
    element.hidden = true;
    return;
  }
  const here = format(undefined, isSameDay ? clock : { ...day, ...clock });
  element.append(` · ${here} where you are`);
}

// Offers the sharing of the device, or else copies the address.
function offerSharing(button) {
  const label = button.querySelector("[data-share-label]");
  const { title, url } = button.dataset;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) {
        await navigator.share({ title, url });
        return;
      }
      await navigator.clipboard.writeText(url);
      label.textContent = "Link copied";
    } catch (error) {
      if (error.name !== "AbortError") label.textContent = "Copy the address of this page to share it";
    }
  });
}
