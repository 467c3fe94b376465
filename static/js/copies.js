// What is taken along from a page: a text, its address, a print. Without this file the
// buttons for it are not there.

const BUTTONS = "[data-copy], [data-copy-link], [data-print]";

async function copy(text) {
  await navigator.clipboard?.writeText(text);
  const { copied } = document.querySelector("[data-announcer]").dataset;
  document.dispatchEvent(new CustomEvent("say", { detail: copied }));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest(BUTTONS);
  if (!button) return;
  const { copy: place, copyLink: link } = button.dataset;
  if ("print" in button.dataset) print();
  else if (link) copy(new URL(link, location.href).href);
  else {
    const text = document.querySelector(place);
    getSelection().selectAllChildren(text);
    copy(text.textContent);
  }
});

function show() {
  for (const button of document.querySelectorAll(BUTTONS)) button.hidden = false;
}

document.addEventListener("htmx:afterSettle", show);
show();
