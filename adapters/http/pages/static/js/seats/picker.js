/** Puts the seat picker together: the model, its picture, its grid, the tray, and what keeps it up to date. */

import { live } from "../live/page.js";
import { formatMoney } from "../money.js";
import { listen } from "./gestures.js";
import { SeatGrid } from "./grid.js";
import { MAX_CHOSEN, SeatModel } from "./model.js";
import { Overview } from "./overview.js";
import { SeatPainter } from "./painter.js";
import { SeatSource } from "./source.js";
import { Tray } from "./tray.js";
import { View, WINDOW } from "./view.js";

const STEP = 1.6; // of the zoom buttons and keys
const MOTION = 200; // milliseconds
const SPREAD = 2000; // milliseconds within which all browsers fetch the seats anew, as after a resize
const MANY = 400; // seats, for which the picture is high enough to move about in
const still = matchMedia("(prefers-reduced-motion: reduce)");

class SeatPicker {
  /** @param {HTMLElement} root the element with [data-seat-picker], see `seats.html`. */
  constructor(root) {
    this.root = root;
    const part = (name) => root.querySelector(`[data-${name}]`);
    this.stage = part("stage");
    this.map = part("map");
    this.caption = part("caption");
    this.stale = part("stale");
    this.help = part("help");
    this.submitted = false;
    this.focused = null;

    const { price, currency, url, chosen } = root.dataset;
    this.priceOf = (count) => (Number(price) ? formatMoney(Number(price) * count, currency) : "free of charge");

    this.model = new SeatModel();
    this.view = new View();
    this.painter = new SeatPainter(this.map);
    this.grid = new SeatGrid(part("grid"), {
      model: this.model,
      price: this.priceOf(1),
      move: (seat) => this.onMove(seat),
      act: (name) => this.act(name),
    });
    this.tray = new Tray(part("tray"), this.model, this.priceOf);
    this.overview = new Overview(part("overview"), this.model, (x, y) => {
      this.view.center(x, y);
      this.place();
    });
    this.source = new SeatSource(url, this.model, (isCurrent) => {
      this.stale.hidden = isCurrent;
    });
    this.model.subscribe((change) => this.collect(change));
    this.initial = chosen.split(" ").filter(Boolean);
    this.listen();
  }

  /** Fetch the seats and show them. */
  async start() {
    this.root.hidden = false;
    await this.source.refresh();
    this.model.choose(this.initial);
  }

  /** Take over live changes, [{ label, status }]: not those of a choice that has been sent, which are one's own. */
  apply(changes) {
    if (!this.submitted) this.source.apply(changes);
  }

  listen() {
    listen(this.map, {
      tap: (x, y, isDouble) => this.onTap(x, y, isDouble),
      pan: (dx, dy) => {
        this.arrive();
        this.view.pan(dx, dy);
        this.place();
      },
      zoom: (factor, x, y) => {
        this.arrive();
        this.view.zoom(factor, x, y);
        this.place();
      },
      mayPan: () => !this.view.seesAll,
    });
    this.map.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.onHover(event));
    this.root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-act]");
      if (button) this.act(button.dataset.act);
    });
    new ResizeObserver(() => this.layOut()).observe(this.stage);
    this.root.closest("form")?.addEventListener("submit", () => {
      this.submitted = true;
    });
    // Whoever comes back to a page that was sent sees what became of it, not what they had chosen.
    addEventListener("pageshow", (event) => event.persisted && this.submitted && location.reload());
  }

  act(name) {
    switch (name) {
      case "toggle":
        return this.toggle(this.grid.current);
      case "in":
        return this.zoom(STEP);
      case "out":
        return this.zoom(1 / STEP);
      case "all":
        return this.glide(() => this.view.reset());
      case "leave":
        return this.tray.tray.focus();
      case "help":
        return this.help.showModal();
      case "close":
        return this.help.close();
      default:
        return this.source.refresh();
    }
  }

  /** Collect changes until the next frame, so that many of them cost one update. */
  collect({ rows, lost, wanted }) {
    const pending = (this.pending ??= { rows: new Set(), lost: [], wanted: [] });
    pending.rows = rows && pending.rows && new Set([...pending.rows, ...rows]);
    pending.lost.push(...lost);
    if (lost.length && !pending.wanted.length) pending.wanted = wanted;
    this.frame ||= requestAnimationFrame(() => this.flush());
  }

  /** Show the collected changes now. */
  flush() {
    cancelAnimationFrame(this.frame);
    const change = this.pending;
    this.frame = 0;
    this.pending = null;
    if (change) this.show(change);
  }

  show(change) {
    if (change.rows === null) {
      this.painter.gutterWidth = 18 + 8 * Math.max(1, ...this.model.rows.map((row) => row.label.length));
      this.painter.show(this.model.rows);
      this.layOut();
    } else {
      this.painter.repaint(change.rows);
    }
    this.overview.repaint(this.painter.size);
    this.grid.update(change.rows);
    this.tray.checkOffer();
    const chosen = [...this.model.chosen.keys()].join(" ");
    if (chosen !== this.shown || change.lost.length) {
      this.shown = chosen;
      this.tray.update(change);
      this.remember();
    }
  }

  layOut() {
    const { size } = this.painter;
    if (!size || !this.stage.clientWidth) return;
    const gutter = this.painter.gutterWidth;
    const width = this.stage.clientWidth;
    const whole = this.model.total > WINDOW ? Infinity : Math.min((width - gutter) / size.width, 5.6) * size.height + 12;
    const height = Math.round(Math.max(Math.min(whole, innerHeight * 0.62), this.model.total > MANY ? 320 : 0));
    this.map.setAttribute("height", height);
    this.view.resize({ map: size, seats: this.model.total, width, height, gutter });
    this.place();
  }

  place() {
    const { scale, x, y, seesAll } = this.view;
    this.painter.limit(this.view.window(this.model.total));
    this.painter.place(scale, x, y);
    this.overview.place(this.view.visible, seesAll);
    this.map.style.touchAction = seesAll ? "pan-y" : "none";
    this.map.classList.toggle("is-zoomed", !seesAll);
  }

  /** Zoom around the seat with the focus, or else the middle. */
  zoom(factor) {
    this.glide(() => {
      this.view.zoom(factor);
      if (this.focused) this.view.reveal(this.focused);
    });
  }

  /** Change the view smoothly. A motion under way is completed first, so that repeated keys add up. */
  glide(change) {
    this.arrive();
    const from = this.view.position;
    change();
    const to = this.view.position;
    const began = performance.now();
    const step = (now) => {
      const part = still.matches ? 1 : Math.min(Math.max((now - began) / MOTION, 0), 1);
      const eased = 1 - (1 - part) ** 3;
      for (const key in to) {
        this.view[key] = from[key] + (to[key] - from[key]) * eased;
      }
      this.place();
      this.motion = part < 1 ? { to, frame: requestAnimationFrame(step) } : null;
    };
    this.motion = { to, frame: requestAnimationFrame(step) };
  }

  arrive() {
    if (this.motion) {
      cancelAnimationFrame(this.motion.frame);
      Object.assign(this.view, this.motion.to);
      this.motion = null;
    }
  }

  onTap(x, y, isDouble) {
    const { row, column } = this.view.cellAt(x, y);
    const seat = this.model.seat(row, column);
    if (!this.view.isTappable) {
      this.glide(() => this.view.zoomToTap(x, y));
    } else if (seat && this.model.isOpen(seat)) {
      this.grid.go(seat, false);
      this.toggle(seat);
    } else if (isDouble) {
      this.act("all");
    } else if (seat) {
      this.caption.textContent = this.describe(seat);
    }
  }

  onHover(event) {
    const box = this.map.getBoundingClientRect();
    const { row, column } = this.view.cellAt(event.clientX - box.left, event.clientY - box.top);
    const seat = this.model.seat(row, column);
    if (seat) this.caption.textContent = this.describe(seat);
    this.map.classList.toggle("is-open", Boolean(seat && this.model.isOpen(seat)));
  }

  onMove(seat) {
    this.focused = seat;
    this.painter.highlight(seat);
    if (seat) {
      this.arrive();
      this.caption.textContent = this.describe(seat);
      this.view.reveal(seat);
      this.place();
    }
  }

  toggle(seat) {
    const outcome = this.model.toggle(seat);
    this.flush(); // who goes to the tray at once finds it changed
    const tooMany = outcome === "too many";
    const said = {
      "chosen": `${seat.label} chosen. ${this.tray.summary()}`,
      "released": `${seat.label} released. ${this.tray.summary()}`,
      "taken": `${this.model.describe(seat)}.`,
      "too many": `A booking has ${MAX_CHOSEN} seats at most. Release one to choose ${seat.label}.`,
    };
    this.tray.announce(said[outcome], tooMany);
    this.caption.textContent = this.describe(seat);
  }

  describe(seat) {
    return this.model.describe(seat) + (this.model.isOpen(seat) ? `, ${this.priceOf(1)}` : "");
  }

  /** Keep the choice in the address, so that a reload or signing in does not lose it. */
  remember() {
    if (!this.model.total) return;
    const address = new URL(location.href);
    address.searchParams.delete("seat");
    for (const label of this.model.chosen.keys()) {
      address.searchParams.append("seat", label);
    }
    history.replaceState(history.state, "", address);
    for (const link of document.querySelectorAll("a[data-with-seats]")) {
      const target = new URL(link.href);
      target.searchParams.delete("seat");
      this.model.chosen.forEach((_, label) => target.searchParams.append("seat", label));
      link.href = target;
    }
  }
}

const root = document.querySelector("[data-seat-picker]");
if (root) {
  const picker = new SeatPicker(root);
  root.picker = picker; // where tests find it
  picker.start();
  live.on("seats:changed", ({ seats }) => picker.apply(seats));
  live.on("event:changed", () => setTimeout(() => picker.source.snapshot(), Math.random() * SPREAD));
  live.onSnapshot(() => picker.source.snapshot());
}
