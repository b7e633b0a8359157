/**
 * A WebSocket to `/ws` that joins rooms, and comes back by itself after a loss. It decides nothing about pages.
 *
 * Frames are JSON, `{ event, data }`. The server answers to `join` with the state of the room; only from then on are its
 * messages complete, so a snapshot must be taken after that and not before.
 */

const FIRST_MS = 1000;
const LONGEST_MS = 30_000;
const STABLE_MS = 10_000; // a connection that has lasted so long was no failure
const PING_MS = 25_000;
const ANSWER_MS = 10_000;
const AWAKE_MS = 3000;
const JOINED = "places:changed"; // the answer to `join`

/** Return how long to wait before the next attempt. At random, since all browsers lose a server at the same moment. */
export function delayAfter(failures, random = Math.random()) {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** failures);
  return FIRST_MS + random * (longest - FIRST_MS);
}

export class Connection {
  /**
   * @param {string[]} rooms ids of events
   * @param {{
   *   onJoined: () => void,
   *   onFrame: (event: string, data: object, isAnswer: boolean) => void,
   *   onLost: () => void,
   * }} listeners `onJoined` is called each time that all rooms have been joined; `onLost` when that ends otherwise than
   * by `close`. `isAnswer` says that a frame is the state of a room which has just been joined, not a change.
   */
  constructor(rooms, listeners) {
    Object.assign(this, { rooms, ...listeners, socket: null, failures: 0, retry: 0, heard: 0, joinedAt: 0 });
    setInterval(() => this.ping(), PING_MS);
  }

  open() {
    clearTimeout(this.retry);
    const address = new URL("/ws", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(address));
    this.joining = new Set(this.rooms);
    this.joinedAt = 0;
    const isMine = () => this.socket === socket;
    socket.addEventListener("open", () => {
      if (!isMine()) return;
      for (const room of this.rooms) this.send("join", { event_id: room });
      this.join();
    });
    socket.addEventListener("message", ({ data }) => isMine() && this.receive(JSON.parse(data)));
    socket.addEventListener("close", () => isMine() && this.lose());
  }

  /** Close it, until `wake` is called. */
  close() {
    clearTimeout(this.retry);
    const { socket } = this;
    this.socket = null;
    this.joinedAt = 0;
    socket?.close();
  }

  /** Open it, or find out soon whether it still works: after the computer slept, or the network changed. */
  wake() {
    if (this.socket) this.ping(AWAKE_MS);
    else this.open();
  }

  receive({ event, data }) {
    this.heard = performance.now();
    const isAnswer = event === JOINED && this.joining.delete(data.event_id);
    // A room that can't be joined sends nothing; the page is then as good as it can be.
    if (event === "error") this.joining.delete(data.event_id);
    this.onFrame(event, data, isAnswer);
    this.join();
  }

  join() {
    if (this.joinedAt || this.joining.size) return;
    this.joinedAt = performance.now();
    this.onJoined();
  }

  lose() {
    const { joinedAt } = this;
    this.close();
    const wasStable = joinedAt && performance.now() - joinedAt > STABLE_MS;
    this.failures = wasStable ? 0 : this.failures + 1;
    this.retry = setTimeout(() => this.open(), delayAfter(this.failures));
    this.onLost();
  }

  /** The browser does not notice by itself when the network fails silently. */
  ping(limit = ANSWER_MS) {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const { socket } = this;
    const asked = performance.now();
    this.send("ping");
    setTimeout(() => this.socket === socket && this.heard < asked && this.lose(), limit);
  }

  send(event, data = {}) {
    this.socket.send(JSON.stringify({ event, data }));
  }
}
