// Uses the one-time link when the user presses the button, not when an email program previews the link.
const token = new URLSearchParams(location.search).get("token") ?? "";
// Remove the token from the address bar and the history, where others could see it.
history.replaceState(null, "", location.pathname);

const form = document.querySelector("form");
const message = document.querySelector("[role=status]");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  message.textContent = "";
  try {
    const answer = await fetch(form.dataset.to, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), token }),
    });
    if (answer.ok) {
      form.remove();
      message.textContent = form.dataset.done;
    } else {
      message.textContent = (await answer.json()).detail;
      button.disabled = false;
    }
  } catch {
    message.textContent = "The server can't be reached. Try again in a moment.";
    button.disabled = false;
  }
});
