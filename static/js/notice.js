// A banner over a request that changed while it was open here. The form stays, with what
// was typed; of an answer that no longer counts only the buttons go, and they come back.

const put = new WeakMap(); // the buttons that were taken away, by the place they were in
const slot = () => document.querySelector("[data-notice-slot]");
const shown = () => document.querySelector("[data-notice-slot] > [id^=notice-]");
const say = (words) => document.dispatchEvent(new CustomEvent("say", { detail: words }));
const words = document.querySelector("[data-announcer]").dataset;

document.addEventListener("notice", ({ detail }) => {
  if (document.querySelector("#task .htmx-request")) return; // one's own
  const [notice, instead] = detail.children;
  if (notice?.id === shown()?.id || !slot()) return;
  if (notice) slot().replaceChildren(notice);
  else shown().remove();
  exchange(instead);
  say(notice ? words.meanwhile : words.again);
});

function exchange(instead) {
  const place = document.querySelector("[data-decision-form] [data-sf-buttons]");
  if (!place) return;
  const hadFocus = place.contains(document.activeElement);
  if (!put.has(place)) put.set(place, [...place.childNodes]);
  place.replaceChildren(...(instead ? [instead] : put.get(place)));
  if (hadFocus && instead) instead.focus(); // where the button was, and not at the top
}
