// Counts down to the moment an answer goes ahead. Only words: the server decides when,
// and the page says the same, once, without this file.

const TICK = 250;
const LOOKS = 10; // for the page after the answer went ahead

const ends = new WeakMap();

function tick() {
  for (const banner of document.querySelectorAll("[data-undo]")) show(banner);
}

function show(banner) {
  if (!ends.has(banner)) {
    ends.set(banner, { at: performance.now() + Number(banner.dataset.seconds) * 1_000, looks: 0 });
  }
  const end = ends.get(banner);
  const left = Math.ceil((end.at - performance.now()) / 1_000);
  const words = left > 0 ? banner.dataset.words.replace("%n", left) : banner.dataset.over;
  const place = banner.querySelector("[data-undo-left]");
  if (place.textContent !== words) place.textContent = words;
  if (left <= -1 && banner.dataset.address && end.looks < LOOKS && window.htmx) {
    end.looks += 1;
    end.at = performance.now();
    look(banner.dataset.address, end.looks);
  }
}

function look(address, looks) {
  htmx.ajax("GET", address, {
    target: "#task",
    select: "#task",
    swap: "outerHTML show:none",
  }).then(() => {
    const next = document.querySelector("[data-undo]");
    if (next) ends.set(next, { at: performance.now(), looks });
  });
}

setInterval(tick, TICK);
tick();
