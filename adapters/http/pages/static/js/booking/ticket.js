/** Keeps the screen on while a ticket is shown, where the browser can. */

const said = document.querySelector("[data-awake]");

async function stayAwake() {
  if (document.visibilityState !== "visible") return;
  try {
    const lock = await navigator.wakeLock.request("screen");
    said.hidden = false;
    lock.addEventListener("release", () => {
      said.hidden = true;
    });
  } catch {
    said.hidden = true; // the battery is low, or the browser does not allow it
  }
}

if (said && "wakeLock" in navigator) {
  document.addEventListener("visibilitychange", stayAwake);
  stayAwake();
}
