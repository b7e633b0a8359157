/**
 * Shows kept tickets, and a page that lists them, when there is no network. Everything else is left to the browser.
 *
 * VERSION, OFFLINE and SHELL stand in front of this file when it is served as /sw.js. The shell is fetched without
 * cookies, so that it shows nobody's name.
 */

const SHELL_CACHE = `shell-${VERSION}`;
const TICKETS = "tickets";

addEventListener("install", (event) => {
  const requests = SHELL.map((address) => new Request(address, { credentials: "omit" }));
  event.waitUntil(caches.open(SHELL_CACHE).then((cache) => cache.addAll(requests)));
  skipWaiting();
});

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      await Promise.all(names.filter((name) => name !== SHELL_CACHE && name !== TICKETS).map((name) => caches.delete(name)));
      await registration.navigationPreload?.enable();
      await clients.claim();
    })(),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(answer(event));
  } else if (new URL(request.url).pathname.startsWith("/static/")) {
    // A kept ticket refers to the static files of its time; when those are not at hand, to the newest of that name.
    event.respondWith(fetch(request).catch(() => findStatic(request)));
  }
});

async function answer(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    const tickets = await caches.open(TICKETS);
    return (await tickets.match(event.request, { ignoreSearch: true })) ?? (await caches.match(OFFLINE));
  }
}

async function findStatic(request) {
  const exact = await caches.match(request);
  if (exact) return exact;
  const name = nameOf(request.url);
  const shell = await caches.open(SHELL_CACHE);
  const same = (await shell.keys()).find((kept) => nameOf(kept.url) === name);
  return same ? shell.match(same) : Response.error();
}

/** Return the name of a static file without its version: `/static/<version>/css/app.css` is `css/app.css`. */
function nameOf(address) {
  return new URL(address).pathname.split("/").slice(3).join("/");
}
