/** What a page says about its live updates: that they are paused, since when, how many people look, and a switch. */

const SPOKEN_APART_MS = 20_000;

/** Return when something was, by the clock of the viewer: "20:31", or with its day if that was another. */
export function clockOf(moment, now = new Date()) {
  const clock = { hour: "2-digit", minute: "2-digit" };
  const isToday = new Date(moment).toDateString() === now.toDateString();
  const day = isToday ? {} : { weekday: "short", day: "numeric", month: "short" };
  return new Intl.DateTimeFormat("en-GB", { ...day, ...clock }).format(moment);
}

export class LiveLine {
  /** @param {HTMLElement} element see `macros/live.html`. @param {() => void} onSwitch is called when its button is. */
  constructor(element, onSwitch) {
    for (const part of ["paused", "viewers", "spoken", "switch"]) {
      this[part] = element.querySelector(`[data-live-${part}]`);
    }
    this.switch.hidden = false;
    this.switch.addEventListener("click", onSwitch);
    this.spokenAt = -SPOKEN_APART_MS;
    this.waiting = 0;
    this.showCurrent();
  }

  /** Return whether it says that the page may be out of date. */
  get saysPaused() {
    return this.paused.textContent !== "";
  }

  showCurrent() {
    this.show("", "Pause live updates");
  }

  /** Say that the page may be out of date, and from what moment on. */
  showPaused(asOf, { byViewer }) {
    this.show(`Live updates paused, as of ${clockOf(asOf)}`, byViewer ? "Resume" : "Try again");
  }

  show(text, label) {
    if (this.paused.textContent !== text) this.paused.textContent = text;
    this.switch.textContent = label;
    if (this.viewers) this.viewers.hidden = Boolean(text);
  }

  /** Say how many people look at the event: never that one is alone. */
  showViewers(count) {
    if (this.viewers) this.viewers.textContent = count > 1 ? `${count} people are looking` : "";
  }

  /** Have a text spoken, politely: at once, or not sooner than a while after the last. Of several the last one counts. */
  say(text, { atOnce = false } = {}) {
    clearTimeout(this.waiting);
    const wait = atOnce ? 0 : this.spokenAt + SPOKEN_APART_MS - performance.now();
    this.waiting = setTimeout(() => {
      this.spokenAt = performance.now();
      this.spoken.textContent = text;
    }, wait);
  }
}
