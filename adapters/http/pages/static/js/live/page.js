/**
 * Keeps a page up to date while it is open. The page says on its `main` element what it follows:
 *
 *     data-live-event="<ids>"      the events whose rooms it joins
 *     data-live                    it follows only what is sent to everybody, or to the viewer
 *     data-live-apart="3"          seconds between readings because of places: more for pages that many people open
 *     data-live-every="10"         seconds between readings, for what may change without a message, as by checking in
 *     data-live-urgent             what it shows can't wait: it is read once joined, and also without a connection
 *
 * and on a region when it is read again: `data-live-on="places event booking"`. Scripts of the page may follow messages
 * themselves, with `live.on`, and take a snapshot of their own, with `live.onSnapshot`. A page that says nothing opens no
 * connection.
 *
 * After each loss it joins first, keeps what arrives, reads the page again, and then applies what it kept.
 */

import { counterpartOf, fetchPage, replaceRegions } from "../regions.js";
import { Connection } from "./connection.js";
import { LiveLine } from "./line.js";
import { Pace } from "./pace.js";
import { isSwitchedOn, switchLive } from "./switch.js";
import { changedParts, tint } from "./tint.js";

const KINDS = {
  "places:changed": "places",
  "ticket:purchased": "places",
  "seats:changed": "places",
  "event:changed": "event",
  "booking:updated": "booking",
};
const GRACE_MS = 4000; // a loss that is shorter is not mentioned
const RETRY_MS = 10_000; // after a reading that failed
const FRESH_MS = 3000; // a page that was loaded so recently is not read again
const FALLBACK_MS = 30_000; // without a connection, seats and what is urgent are read so often
const READ_LIMIT_MS = 15_000;
const HIDDEN_MS = 5 * 60_000; // a page that nobody has seen for so long closes its connection

class LivePage {
  constructor(main) {
    this.rooms = [...new Set((main.dataset.liveEvent ?? "").split(" ").filter(Boolean))];
    this.every = Number(main.dataset.liveEvery ?? 0);
    this.listeners = [];
    this.snapshots = [];
    this.refreshes = [];
    this.kept = null; // messages that arrive while the page is being read
    this.main = main;
    this.isUrgent = "liveUrgent" in main.dataset;
    this.isOn = isSwitchedOn();
    this.isCurrent = false;
    this.hasMissedChanges = false; // the page was not read although it changed, since nobody could see it
    this.serverSince = null; // since when the server itself may be missing changes
    this.asOf = Date.now();
    this.pace = new Pace(() => this.refresh(), Number(main.dataset.liveApart ?? 0));
    this.connection = new Connection(this.rooms, {
      onJoined: () => this.catchUp(),
      onFrame: (event, data, isAnswer) => this.receive(event, data, isAnswer),
      onLost: () => this.lose(),
    });
  }

  /** Call a listener with the data of each message of this name: also of the state of a room that was joined. */
  on(event, listener) {
    this.listeners.push({ event, listener });
  }

  /** Call a reader whenever everything must be read again; it may return a promise. */
  onSnapshot(reader) {
    this.snapshots.push(reader);
  }

  /** Call a listener after the page was read, with { replaced: [{ before, after }], date }. */
  onRefresh(listener) {
    this.refreshes.push(listener);
  }

  /** Have something spoken that the page shows: after a while, if other things were just before. */
  say(text) {
    this.line?.say(text);
  }

  start() {
    const line = document.querySelector("[data-live-line]");
    this.line = line && new LiveLine(line, () => this.onSwitch());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
    addEventListener("online", () => this.connect());
    document.addEventListener("visibilitychange", () => this.onVisibility());
    setInterval(() => this.fallBack(), FALLBACK_MS);
    if (this.every) setInterval(() => this.isCurrent && this.read(), this.every * 1000);
    if (this.isOn) this.connect();
    else this.showPaused();
  }

  /** Open the connection, or see if it still works. */
  connect() {
    if (!this.isOn) return;
    this.connection.wake();
    if (!this.isCurrent) this.expectConnection();
  }

  expectConnection() {
    clearTimeout(this.graceTimer);
    this.graceTimer = setTimeout(() => this.isCurrent || document.hidden || this.showPaused(), GRACE_MS);
  }

  lose() {
    this.serverSince = null;
    if (!this.isCurrent) return;
    this.setCurrent(false);
    this.expectConnection();
  }

  setCurrent(isCurrent) {
    this.isCurrent = isCurrent;
    if (!isCurrent) this.asOf = Date.now();
    this.main.dataset.liveState = isCurrent ? "current" : "behind";
  }

  /** Close the connection. Browsers keep a page without one for Back. */
  leave() {
    this.lose();
    this.connection.close();
    clearTimeout(this.graceTimer);
  }

  showPaused() {
    this.line?.showPaused(this.asOf, { byViewer: !this.isOn });
  }

  onSwitch() {
    this.isOn = this.line.saysPaused;
    switchLive(this.isOn);
    if (this.isOn) {
      this.connect();
      if (this.connection.joinedAt) this.catchUp();
    } else {
      this.leave();
      this.showPaused();
    }
  }

  onVisibility() {
    clearTimeout(this.hidden);
    if (document.hidden) {
      this.hidden = setTimeout(() => this.leave(), HIDDEN_MS);
      return;
    }
    this.connect();
    if (this.isCurrent) this.hasMissedChanges && this.refresh();
    else if (this.connection.joinedAt) this.catchUp();
    else this.fallBack();
  }

  /** Read everything, and count as up to date from then on. */
  async catchUp() {
    const { socket } = this.connection;
    const isDone = await this.read({ isSnapshot: true });
    if (this.connection.socket !== socket || document.hidden) return;
    if (isDone && this.serverSince !== null) {
      this.asOf = Date.now();
      this.showPaused();
      return;
    }
    if (!isDone) {
      setTimeout(() => this.isCurrent || this.connection.socket !== socket || this.catchUp(), RETRY_MS);
      return;
    }
    this.setCurrent(true);
    clearTimeout(this.graceTimer);
    this.line?.showCurrent();
  }

  /** Read the page after a change, if need be until that has worked. */
  async refresh() {
    if (!this.isOn || (await this.read()) || document.hidden) return;
    setTimeout(() => this.refresh(), RETRY_MS);
  }

  /** Without a connection, read what cannot wait for one. */
  async fallBack() {
    if (!(this.isUrgent || this.snapshots.length) || !this.isOn || this.isCurrent || document.hidden) return;
    if ((await this.read({ isSnapshot: true })) && !this.isCurrent) {
      this.asOf = Date.now();
      if (this.line?.saysPaused) this.showPaused();
    }
  }

  receive(event, data, isAnswer) {
    if (this.kept) {
      this.kept.push([event, data, isAnswer]);
      return;
    }
    if (event === "live:paused") {
      this.setCurrent(false);
      this.asOf = this.serverSince = Date.parse(data.since);
      this.showPaused();
    } else if (event === "live:resumed") {
      this.serverSince = null;
      this.catchUp();
    } else if (event === "event_viewers") {
      this.line?.showViewers(data.viewers);
    }
    for (const each of this.listeners) if (each.event === event) each.listener(data);
    if (event in KINDS && !isAnswer) this.want(KINDS[event]);
  }

  /** Read the page again soon, if a part of it follows changes of this kind. */
  want(kind) {
    if (this.follows(kind)) this.pace.want(kind);
  }

  follows(kind) {
    return regions().some((region) => region.dataset.liveOn.split(" ").includes(kind));
  }

  /** Read the page and show what differs; for a snapshot, have scripts read theirs. Returns whether that worked. */
  async read({ isSnapshot = false } = {}) {
    while (this.reading) await this.reading;
    this.pace.note();
    this.hasMissedChanges = document.hidden;
    if (document.hidden) return false;
    this.kept = [];
    // An error page (deleted, no longer allowed) replaces nothing, and reading it again would not help.
    this.reading = this.readNow(isSnapshot).then(
      () => true,
      (error) => error.status >= 400 && error.status < 429,
    );
    const isDone = await this.reading;
    const frames = this.kept;
    this.reading = this.kept = null;
    frames.forEach((frame) => this.receive(...frame));
    return isDone;
  }

  async readNow(isSnapshot) {
    const isNeeded = regions().length > 0 && !(isSnapshot && this.isFresh());
    const [loaded] = await Promise.all([
      isNeeded ? fetchPage(location.href, AbortSignal.timeout(READ_LIMIT_MS)) : null,
      ...(isSnapshot ? this.snapshots.map((read) => read()) : []),
    ]);
    if (!loaded) return;
    // Another page is at this address now, such as that to sign in: the session has ended.
    if (!regions().some((region) => counterpartOf(region, loaded.page))) location.reload();
    const replaced = replaceRegions(
      loaded.page,
      regions().filter((region) => isChanged(region, counterpartOf(region, loaded.page))),
    );
    for (const { before, after } of replaced) {
      changedParts(before, after).forEach(tint);
      const [old, now] = [headingOf(before), headingOf(after)];
      if (now && now !== old) this.line?.say(now, { atOnce: true });
    }
    this.refreshes.forEach((listener) => listener({ replaced, date: loaded.date }));
  }

  /** Return whether the page was loaded just now, and neither ahead nor from a cache. */
  isFresh() {
    const deliveryType = performance.getEntriesByType("navigation")[0]?.deliveryType;
    return performance.now() < FRESH_MS && !deliveryType && !this.isUrgent;
  }
}

function regions() {
  return [...document.querySelectorAll("[data-live-on]")];
}

/** Return whether a region differs from its counterpart in what people see of it. */
function isChanged(region, counterpart) {
  const bare = (element) => {
    const copy = element.cloneNode(true);
    copy.removeAttribute("tabindex"); // it may have got the focus
    copy.querySelectorAll("[name=csrf_token]").forEach((token) => token.remove());
    return copy;
  };
  return Boolean(counterpart) && !bare(counterpart).isEqualNode(bare(region));
}

function headingOf(region) {
  return region.querySelector("h1, h2")?.textContent;
}

const main = document.querySelector("main");
export const live = new LivePage(main);
if ("live" in main.dataset || "liveEvent" in main.dataset) live.start();
