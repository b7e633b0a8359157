/**
 * The door: codes go to the server without leaving the page, the answer is seen and heard, and the field is ready for
 * the next one. A camera reads codes by itself where the browser can (BarcodeDetector); elsewhere the server reads its
 * pictures. Without this script the same forms work by loading the page.
 */

import "./live/page.js";
import { CodeScanner } from "./code-scanner.js";
import { play } from "./signals.js";

const SAME = 4000; // milliseconds in which the same code counts as the one before
const AT_ONCE = 40; // milliseconds between keys that no person presses
const PHOTO_SIZE = 1600; // pixels on the longer side

const region = document.querySelector("[data-region=door]");
const say = document.querySelector("[data-say]");
const form = document.querySelector("[data-door-form]");
const code = form.querySelector("[data-code]");
const photoForm = document.querySelector("[data-photo-form]");
const photo = photoForm.querySelector("[data-photo]");
const camera = document.querySelector("[data-camera]");
const viewfinder = document.querySelector("[data-viewfinder]");

let sending = Promise.resolve();
let last = { code: "", at: 0 };

/** Send a form and show the answer. Forms are sent one after the other, in order. */
function send(target, body = new FormData(target)) {
  sending = sending.then(() => sendNow(target, body));
  return sending;
}

async function sendNow(target, body) {
  const isFile = [...body.values()].some((value) => value instanceof Blob);
  region.ariaBusy = "true";
  let html = "";
  try {
    const answer = await fetch(target.action, { method: "POST", body: isFile ? body : new URLSearchParams(body) });
    html = await answer.text();
  } catch {
    show("moon", "No connection", "It is not known whether the code arrived. Scan it again.");
  }
  region.ariaBusy = null;
  if (html) take(html);
}

/** Show what a page says. */
function take(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.querySelector("[data-region=door]");
  if (!fresh) {
    location.assign(location.pathname); // signed out, or an error: the page itself says what
    return;
  }
  region.replaceChildren(...fresh.childNodes);
  document.title = page.title;
  announce();
}

function announce() {
  const verdict = region.querySelector("[data-verdict]");
  play(verdict.dataset.verdict);
  say.textContent = [...verdict.querySelectorAll("p")].map((part) => part.textContent.trim()).join(". ");
}

/** Show a verdict that does not come from the server. */
function show(kind, word, detail) {
  const verdict = region.querySelector("[data-verdict]");
  const heading = document.createElement("p");
  heading.className = "verdict-word";
  heading.append(Object.assign(document.createElement("strong"), { textContent: word }));
  verdict.className = `verdict ${kind}`;
  verdict.dataset.verdict = kind;
  verdict.replaceChildren(heading, Object.assign(document.createElement("p"), { textContent: detail }));
  announce();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!code.value.trim()) return;
  const body = new FormData(form);
  code.value = "";
  code.focus();
  send(form, body);
});

// Some scanners end a code with Tab.
let lastKey = 0;
code.addEventListener("keydown", (event) => {
  if (event.key === "Tab" && code.value && event.timeStamp - lastKey < AT_ONCE) {
    event.preventDefault();
    form.requestSubmit();
  }
  lastKey = event.timeStamp;
});

region.addEventListener("submit", async (event) => {
  event.preventDefault();
  await send(event.target);
  code.focus();
});

// A scanner types wherever the focus is: what is typed outside of fields belongs to the field of codes.
document.addEventListener("keydown", (event) => {
  const isTyped = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && event.key !== " ";
  if (isTyped && !event.target.closest("input, textarea, select, button, a, summary")) code.focus();
});

photoForm.classList.add("is-quick");
photo.addEventListener("change", async () => {
  const [file] = photo.files;
  if (!file) return;
  const body = new FormData(photoForm);
  body.set("photo", await shrink(file), "photo.jpg");
  photo.value = "";
  send(photoForm, body);
});

/** Return a picture as a JPEG that is large enough to be read; as it is if the browser can't decode it. */
async function shrink(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, PHOTO_SIZE / Math.max(picture.width, picture.height));
    const canvas = new OffscreenCanvas(Math.round(picture.width * scale), Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality: 0.85 });
  } catch {
    return file;
  }
}

function onCode(text) {
  const now = performance.now();
  if (text === last.code && now - last.at < SAME) {
    last.at = now;
    return;
  }
  last = { code: text, at: now };
  const body = new FormData(form);
  body.set("code", text);
  send(form, body);
}

if (navigator.mediaDevices?.getUserMedia) {
  const scanner = new CodeScanner(viewfinder, {
    onCode,
    url: `${form.action}/frame`,
    fields: () => new FormData(form),
  });
  const showCamera = (isOn) => {
    camera.ariaPressed = String(isOn);
    camera.querySelector("[data-camera-label]").textContent = isOn ? "Stop camera" : "Live camera";
    viewfinder.hidden = !isOn;
  };
  const stop = () => {
    scanner.stop();
    showCamera(false);
  };
  camera.hidden = false;
  camera.addEventListener("click", async () => {
    if (camera.ariaPressed === "true") {
      stop();
      return;
    }
    try {
      showCamera(true);
      await scanner.start();
    } catch {
      stop();
      show("moon", "No camera", "The browser does not give this page a camera. Type the code, or take a photo.");
    }
  });
  addEventListener("pagehide", stop);
}

if (region.querySelector("[data-verdict]").dataset.verdict) announce();
