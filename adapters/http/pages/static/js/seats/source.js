/**
 * Where the seats come from: the seat map of the API, fetched again on demand. Live messages are passed to `apply`; those
 * that arrive during a fetch are applied after it.
 */

export class SeatSource {
  /** @param {(isCurrent: boolean) => void} report says after each fetch whether the seats are up to date. */
  constructor(url, model, report) {
    Object.assign(this, { url, model, report, tag: null, loading: null, buffer: [] });
  }

  /** Fetch the seats, unless that is under way. */
  refresh() {
    this.loading ??= this.load().finally(() => {
      this.loading = null;
    });
    return this.loading;
  }

  /** Fetch the seats as they are from now on: a fetch that is under way may be too early. */
  async snapshot() {
    await this.loading;
    return this.refresh();
  }

  /** Take over changes, [{ label, status }] as live messages have them. */
  apply(changes) {
    if (this.loading) this.buffer.push(...changes);
    else this.model.apply(changes);
  }

  async load() {
    try {
      const headers = this.tag ? { "If-None-Match": this.tag } : {};
      const answer = await fetch(this.url, { headers, cache: this.tag ? "no-store" : "default" });
      if (answer.status !== 304) {
        if (!answer.ok) throw new Error(`status ${answer.status}`);
        const { rows } = await answer.json();
        this.tag = answer.headers.get("ETag");
        this.model.replace(rows);
      }
      this.report(true);
    } catch {
      this.report(false); // what is shown stays; the button and the next visit try again
    }
    this.model.apply(this.buffer.splice(0));
  }
}
