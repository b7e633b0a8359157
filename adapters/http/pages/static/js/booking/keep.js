/**
 * Keeps one's own coming tickets on this device, so that they open without a network. Those of past events go; signing
 * out removes all of them (Clear-Site-Data).
 */

const TICKETS = "tickets";
const UNTIL = "X-Keep-Until";
const TITLE = "X-Keep-Title";

async function keep() {
  const wanted = [...document.querySelectorAll("[data-keep-ticket], [data-keep-self]")].map((element) => ({
    address: element.href ?? location.href,
    until: element.dataset.keepUntil,
    title: element.dataset.keepTitle,
  }));
  await navigator.serviceWorker.register("/sw.js");
  const cache = await caches.open(TICKETS);
  await removePast(cache);
  for (const { address, until, title } of wanted) {
    if (Date.parse(until) > Date.now()) await put(cache, address, until, title);
  }
  for (const said of document.querySelectorAll("[data-kept]")) {
    said.hidden = !(await cache.match(location.href));
  }
}

async function removePast(cache) {
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (Date.parse(kept.headers.get(UNTIL)) <= Date.now()) await cache.delete(request);
  }
}

async function put(cache, address, until, title) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) {
    await cache.delete(address);
    return;
  }
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding");
  headers.set(UNTIL, until);
  headers.set(TITLE, encodeURIComponent(title));
  await cache.put(address, new Response(await answer.text(), { headers }));
}

if ("serviceWorker" in navigator) {
  keep().catch(() => {}); // no room, or no network: the ticket is shown all the same
}
