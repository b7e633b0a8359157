/** Lists the tickets that are kept on this device; see `keep.js`. */

const list = document.querySelector("[data-kept-tickets]");
const again = document.querySelector("[data-try-again]");

async function show() {
  const cache = await caches.open("tickets");
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    const link = document.createElement("a");
    link.href = request.url;
    link.textContent = decodeURIComponent(kept.headers.get("X-Keep-Title"));
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
}

show()
  .catch(() => {})
  .finally(() => {
    document.querySelector("[data-nothing-kept]").hidden = list.childElementCount > 0;
  });
again.hidden = false;
again.addEventListener("click", () => location.reload());
