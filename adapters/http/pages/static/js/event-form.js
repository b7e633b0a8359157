// A new event is most likely where its organizer is: their time zone is chosen, unless one is already.

const zone = document.querySelector("[data-event-form] [name=timezone]");
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone && !zone.value && [...zone.options].some((option) => option.value === here)) zone.value = here;
