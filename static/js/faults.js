// What did not get through is said where one is looking; nothing typed is lost.

const words = document.querySelector("[data-announcer]").dataset;
const SIGNED_OUT = 401;
const TOO_LONG = 413;
const OUTDATED = 403; // a form from before the last log-in

function tell(from, said, link) {
  const near = from.closest?.("#task")?.querySelector("[data-notice-slot]");
  const slot = near ?? document.querySelector("[data-fault-slot], [data-notice-slot]");
  if (!slot) return;
  const pattern = document.querySelector("[data-fault]").content;
  const notice = pattern.firstElementChild.cloneNode(true);
  notice.querySelector("p").textContent = said;
  const way = notice.querySelector("a");
  if (link) Object.assign(way, link);
  else way.remove();
  slot.replaceChildren(notice);
  notice.scrollIntoView({ block: "nearest" });
}

function turnedAway(status, from) {
  const here = location.pathname + location.search;
  const signIn = { textContent: words.signIn, href: `${words.signInAt}?next=${encodeURIComponent(here)}` };
  if (status === SIGNED_OUT) tell(from, words.signedOut, signIn);
  else tell(from, words.outdated, { textContent: words.reload, href: here });
}

// Other scripts say so, too, when they are turned away.
document.addEventListener("turned-away", ({ detail, target }) => turnedAway(detail, target));

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, ({ detail, target }) => {
    const status = detail.xhr?.status;
    if (status === TOO_LONG) return tell(target, words.tooLong);
    if (status !== SIGNED_OUT && status !== OUTDATED) return tell(target, words.failed);
    target.dispatchEvent(new CustomEvent("turned-away", { detail: status, bubbles: true }));
  });
}

// A page that holds nothing to put in the place of this request would leave it empty.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const place = detail.target?.id;
  if (!["task", "pane"].includes(place) || !detail.shouldSwap) return;
  if (detail.serverResponse.includes(`id="${place}"`)) return;
  detail.shouldSwap = false;
  detail.isError = true;
});

document.addEventListener("htmx:afterSettle", () => {
  document.querySelector("[data-fault-slot]")?.replaceChildren();
});
