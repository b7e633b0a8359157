// The page of an event: the time where the reader is, and sharing.

const zone = document.querySelector("[data-zone]");
const share = document.querySelector("[data-share]");

if (zone) showLocalTime(zone);
if (share) offerSharing(share);

// Shows the reader's time below the venue's if their clocks differ at that moment, whatever their zones are called.
function showLocalTime(element) {
  const starts = new Date(element.dataset.starts);
  const format = (timeZone) =>
    new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone }).format(starts);
  const here = format(undefined);
  if (here === format(element.dataset.zone)) {
    element.hidden = true;
    return;
  }
  element.append(` · ${here} where you are`);
}

function offerSharing(button) {
  const label = button.querySelector("[data-share-label]");
  const { title, url } = button.dataset;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) {
        await navigator.share({ title, url });
        return;
      }
      await navigator.clipboard.writeText(url);
      label.textContent = "Link copied";
    } catch (error) {
      if (error.name !== "AbortError") label.textContent = "Copy the address of this page to share it";
    }
  });
}
