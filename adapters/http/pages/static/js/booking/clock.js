/**
 * The clock of a hold: what is left of it, by the server's time, spoken at five, two and one minutes. It is never
 * longer than the server says, and clicking does not prolong it.
 */

const SPOKEN = [300, 120, 60]; // seconds

export class HoldClock {
  /** @param {HTMLElement} element has data-expires and data-now, both from the server, and [data-left]; where it says the
   * time, also a time element and [data-zone-name]. */
  constructor(element, { spoken, ended }) {
    Object.assign(this, { element, spoken, ended });
    this.left = element.querySelector("[data-left]");
    this.expires = Date.parse(element.dataset.expires);
    this.ahead = Date.now() - Date.parse(element.dataset.now);
    this.last = Infinity;
    this.showLocalTime();
    this.timer = setInterval(() => this.tick(), 1000);
    this.tick();
  }

  /** Set the clock by the Date header of an answer; its resolution is a second. */
  correct(date) {
    const moment = Date.parse(date ?? "");
    if (!Number.isNaN(moment)) {
      this.ahead = Date.now() - moment;
      this.tick();
    }
  }

  stop() {
    clearInterval(this.timer);
  }

  /** Show when the hold ends by the clock of the viewer, who may be in another time zone than the venue. */
  showLocalTime() {
    const time = this.element.querySelector("time");
    if (!time) return;
    time.textContent = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(this.expires);
    this.element.querySelector("[data-zone-name]").hidden = true;
  }

  tick() {
    const seconds = Math.max(0, Math.ceil((this.expires - (Date.now() - this.ahead)) / 1000));
    this.left.textContent = ` · ${format(seconds)}`;
    const passed = SPOKEN.find((mark) => seconds <= mark && this.last > mark && seconds > mark - 30);
    if (passed) this.spoken(`${passed / 60} ${passed === 60 ? "minute" : "minutes"} left.`);
    this.last = seconds;
    if (seconds === 0) {
      this.stop();
      this.ended();
    }
  }
}

function format(seconds) {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Start the clock of a page or region, if it has one. At its end the page goes where one can try again. */
export function startClock(root = document) {
  const element = root.querySelector("[data-hold-clock]");
  if (!element) return null;
  const spoken = root.querySelector("[data-spoken]");
  return new HoldClock(element, {
    spoken: (text) => {
      spoken.textContent = text;
    },
    ended: () => location.replace(element.dataset.retry),
  });
}
