/** What is chosen, what it costs, and what to take instead of a seat that somebody else got. */

import { MAX_CHOSEN } from "./model.js";
import { areSideBySide, nearestEqualSet } from "./substitutes.js";

export class Tray {
  /**
   * @param {HTMLElement} tray has [data-chosen], [data-sum], [data-say], [data-offer] and [data-hold], a button.
   * @param {(count: number) => string} priceOf says what so many seats cost.
   */
  constructor(tray, model, priceOf) {
    Object.assign(this, { tray, model, priceOf });
    for (const part of ["chosen", "sum", "say", "offer", "hold"]) {
      this[part] = tray.querySelector(`[data-${part}]`);
    }
    this.chosen.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) {
        const item = button.closest("li");
        const next = item.nextElementSibling ?? item.previousElementSibling;
        (next?.querySelector("button") ?? this.tray).focus();
        model.release(button.value);
        this.announce(`${button.value} released. ${this.summary()}`);
      }
    });
    this.offer.addEventListener("click", () => {
      model.choose(this.offer.value.split(" "));
      this.announce(`${list(this.offer.value.split(" "))} chosen. ${this.summary()}`);
      this.tray.focus();
    });
  }

  /** Show the chosen seats after a change. */
  update({ lost, wanted }) {
    const seats = this.model.seatsChosen();
    this.showChosen(seats.map((seat) => seat.label));
    this.sum.textContent = this.summary();
    this.hold.disabled = seats.length === 0;
    this.tray.classList.toggle("is-empty", seats.length === 0);
    this.offer.hidden = true;
    if (lost.length) this.replace(lost, wanted);
  }

  /** Make the offer again if somebody took a seat of it, too. */
  checkOffer() {
    if (this.offer.hidden) return;
    const isOpen = (label) => {
      const seat = this.model.find(label);
      return seat && this.model.isOpen(seat);
    };
    if (!this.offer.value.split(" ").every(isOpen)) this.replace(this.lost, this.wanted);
  }

  /** Add and remove buttons; those that stay are not made again, since one may have the focus. */
  showChosen(labels) {
    const shown = new Map([...this.chosen.children].map((item) => [item.querySelector("button").value, item]));
    shown.forEach((item, label) => labels.includes(label) || item.remove());
    this.chosen.append(...labels.filter((label) => !shown.has(label)).map(chip));
  }

  summary() {
    const count = this.model.chosen.size;
    return count ? `${count} of ${MAX_CHOSEN} at most · ${this.priceOf(count)}` : "No seat chosen yet.";
  }

  /** Say something once, politely; what the tray shows anyway is only spoken. */
  announce(text, isShown = false) {
    this.say.classList.toggle("is-quiet", !isShown);
    this.say.textContent = text;
  }

  replace(lost, wanted) {
    Object.assign(this, { lost, wanted });
    const gone = `${list(lost.map((seat) => seat.label))} ${lost.length > 1 ? "were" : "was"} just taken.`;
    const set = nearestEqualSet(this.model, wanted);
    if (!set) {
      this.offer.hidden = true;
      this.announce(`${gone} Not enough other seats are free.`, true);
      return;
    }
    const labels = set.map((seat) => seat.label);
    const together = set.length > 1 && areSideBySide(set) ? ", side by side" : "";
    this.announce(`${gone} ${list(labels)} ${labels.length > 1 ? "are" : "is"} free${together}.`, true);
    this.offer.value = labels.join(" ");
    this.offer.textContent = `Take ${list(labels)}`;
    this.offer.hidden = false;
  }
}

/** Return "A-1, A-2 and A-3". */
export function list(labels) {
  return labels.length > 1 ? `${labels.slice(0, -1).join(", ")} and ${labels.at(-1)}` : labels.join("");
}

function chip(label) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.value = label;
  button.textContent = label;
  button.setAttribute("aria-label", `Release ${label}`);
  const input = document.createElement("input");
  Object.assign(input, { type: "hidden", name: "seat", value: label });
  item.append(button, input);
  return item;
}
