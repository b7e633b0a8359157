/**
 * The images of an event. Chosen or dropped pictures are listed with their texts and sent one by one, so that one that
 * is refused stays in the list with the reason. Images are put into order by dragging, beside the buttons.
 */

const upload = document.querySelector("[data-upload]");
if (upload) takePictures(upload);
orderByDragging();

/** Send a form, and tell `onProgress` the part of it that is sent. Return the page that answers, and its status. */
function send(action, data, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", action);
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => onProgress(event.loaded / event.total));
    request.addEventListener("load", () => resolve({ status: request.status, page: request.response }));
    request.addEventListener("error", reject);
    request.send(data);
  });
}

/** Show the images as they are on another version of this page. */
function showImages(page) {
  const [present, next] = [document, page].map((each) => each?.querySelector('[data-region="images"]'));
  if (present && next) present.replaceWith(next);
  showGrips();
}

function takePictures(form) {
  const [rows, drop, queue, said] = ["rows", "drop", "queue", "said"].map((name) => form.querySelector(`[data-${name}]`));
  const chosen = form.querySelector("[data-chosen]");
  const token = form.querySelector('input[type="hidden"]');
  const maxBytes = Number(form.dataset.maxBytes);
  let [number, isSending] = [0, false];

  // Rows with mistakes that the server has found stay, since their texts were typed.
  if (!form.querySelector(".has-error")) {
    rows.replaceChildren();
    rows.hidden = true;
  }
  drop.hidden = false;

  chosen.addEventListener("change", () => {
    addFiles(chosen.files);
    chosen.value = "";
  });
  drop.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
  for (const left of ["dragleave", "drop"]) drop.addEventListener(left, () => drop.classList.remove("is-over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    addFiles(event.dataTransfer.files);
  });
  // A picture that is dropped beside the zone must not replace the page.
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());
  }

  form.addEventListener("submit", (event) => {
    if (queue.children.length === 0) return;
    event.preventDefault();
    if (!isSending) sendAll();
  });

  function addFiles(files) {
    const added = [...files].map(addFile);
    queue.hidden = queue.children.length === 0;
    added[0]?.querySelector("input").focus();
  }

  function addFile(file) {
    const id = `queued-${(number += 1)}`;
    const item = document.createElement("li");
    const picture = Object.assign(document.createElement("canvas"), { width: 192, height: 144 });
    const field = Object.assign(document.createElement("div"), { className: "field" });
    const label = Object.assign(document.createElement("label"), { htmlFor: id, textContent: `What ${file.name} shows` });
    const text = Object.assign(document.createElement("input"), { id, type: "text", autocomplete: "off", required: true });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "button quiet" });
    text.maxLength = Number(form.dataset.maxAlt);
    text.setAttribute("aria-describedby", "alt-why");
    remove.textContent = "Remove";
    remove.setAttribute("aria-label", `Remove ${file.name}`);
    remove.addEventListener("click", () => {
      item.remove();
      queue.hidden = queue.children.length === 0;
      chosen.focus();
    });
    field.append(label, text);
    item.append(picture, field, remove);
    item.file = file;
    queue.append(item);
    paint(file, picture);
    if (isTooLarge(file)) showError(item, sizeError(file));
    return item;
  }

  async function sendAll() {
    isSending = true;
    let [accepted, latest] = [0, null];
    const waiting = [...queue.children].filter(check);
    for (const item of waiting) {
      said.textContent = `Sending ${item.file.name}`;
      const answer = await sendOne(item);
      if (!answer) continue;
      [accepted, latest] = [accepted + 1, answer];
      item.remove();
    }
    isSending = false;
    if (latest) showImages(latest);
    const left = queue.children.length;
    queue.hidden = left === 0;
    const sentence = accepted === 1 ? "1 image added." : `${accepted} images added.`;
    said.textContent = left ? `${accepted ? sentence : "No image was added."} ${left} to correct.` : sentence;
    queue.querySelector('[aria-invalid="true"]')?.focus();
    if (!left) document.querySelector("#images")?.scrollIntoView({ block: "start" });
  }

  /** Return the page that answers, or null if the picture was refused, which is said beside it. */
  async function sendOne(item) {
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", `Sending ${item.file.name}`);
    item.querySelector(".field").append(bar);
    const data = new FormData();
    data.set(token.name, token.value);
    data.set("image-1", item.file);
    data.set("alt-1", item.querySelector("input").value);
    try {
      const { status, page } = await send(form.action, data, (part) => (bar.value = part));
      if (status < 400) return page;
      const found = page?.querySelector("#alt-1-error, #image-1-error")?.textContent;
      showError(item, found ?? (status === 429 ? "Too many at a time. Try again in a minute." : "It was not added. Try again."));
    } catch {
      showError(item, "It was not sent. Check your connection, and try again.");
    } finally {
      bar.remove();
    }
    return null;
  }

  function check(item) {
    const text = item.querySelector("input").value.trim();
    if (isTooLarge(item.file)) showError(item, sizeError(item.file)); // no text makes up for that
    else if (!text) showError(item, "Say in a few words what the image shows.");
    else hideError(item);
    return text && !isTooLarge(item.file);
  }

  function isTooLarge(file) {
    return file.size > maxBytes;
  }

  function sizeError(file) {
    const [size, limit] = [file.size, maxBytes].map((bytes) => bytes / 1048576);
    return `It has ${size.toFixed(1)} MB, and at most ${limit} MB are allowed. Save a smaller version of it.`;
  }

  function showError(item, message) {
    hideError(item);
    const input = item.querySelector("input");
    const error = Object.assign(document.createElement("p"), { className: "field-error", id: `${input.id}-error` });
    error.textContent = message;
    input.before(error);
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", `alt-why ${error.id}`);
    item.querySelector(".field").classList.add("has-error");
  }

  function hideError(item) {
    const input = item.querySelector("input");
    item.querySelector(".field-error")?.remove();
    input.removeAttribute("aria-invalid");
    input.setAttribute("aria-describedby", "alt-why");
    item.querySelector(".field").classList.remove("has-error");
  }
}

/** Paint a small version of a file; none if it is no picture, which the server will say. */
async function paint(file, canvas) {
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.max(canvas.width / bitmap.width, canvas.height / bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    canvas.getContext("2d").drawImage(bitmap, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
    bitmap.close();
  } catch {
    // Its name is beside the empty picture.
  }
}

function showGrips() {
  const items = document.querySelectorAll("[data-album] > li");
  for (const item of items) {
    item.querySelector("[data-grip]").hidden = items.length < 2;
    item.draggable = false;
  }
}

/** Let images be dragged by their grip. Where that is not possible, as on most phones, there are the buttons. */
function orderByDragging() {
  let dragged = null;
  const itemOf = (event) => event.target.closest?.("[data-album] > li");
  showGrips();
  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (grip) grip.closest("li").draggable = true;
  });
  document.addEventListener("dragstart", (event) => {
    dragged = itemOf(event);
    dragged?.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = dragged && itemOf(event);
    if (!over) return;
    event.preventDefault();
    for (const each of over.parentElement.children) each.classList.toggle("is-target", each === over && each !== dragged);
  });
  document.addEventListener("drop", (event) => {
    const over = dragged && itemOf(event);
    if (!over || over === dragged) return;
    event.preventDefault();
    const items = [...over.parentElement.children];
    over[items.indexOf(dragged) < items.indexOf(over) ? "after" : "before"](dragged);
    saveOrder();
  });
  document.addEventListener("dragend", () => {
    for (const each of document.querySelectorAll("[data-album] > li")) {
      each.classList.remove("is-dragged", "is-target");
      each.draggable = false;
    }
    dragged = null;
  });
}

async function saveOrder() {
  const form = document.querySelector("[data-order]");
  const data = new FormData(form);
  for (const item of document.querySelectorAll("[data-album] > li")) data.append("image", item.dataset.image);
  try {
    showImages((await send(form.action, data)).page);
  } catch {
    location.reload(); // shows the order that is stored
  }
}
