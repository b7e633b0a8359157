/** Whether the viewer has switched live updates off, on any page (WCAG 2.2.2). Without storage that is forgotten. */

const OFF = "nocturne-live-off";

export function isSwitchedOn() {
  try {
    return localStorage.getItem(OFF) === null;
  } catch {
    return true;
  }
}

export function switchLive(isOn) {
  try {
    if (isOn) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // as above
  }
}
