// What did not get through is said where one is looking; nothing typed is lost.

for (const failure of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failure, (event) => {
    const near = event.target.closest?.("#task")?.querySelector("[data-notice-slot]");
    const slot = near ?? document.querySelector("[data-fault-slot], [data-notice-slot]");
    if (!slot) return;
    const notice = document.createElement("div");
    notice.className = "notice notice--bad";
    notice.setAttribute("role", "alert");
    notice.append(Object.assign(document.createElement("p"), { textContent: document.querySelector("[data-announcer]").dataset.failed }));
    slot.replaceChildren(notice);
  });
}

document.addEventListener("htmx:afterSettle", () => {
  document.querySelector("[data-fault-slot]")?.replaceChildren();
});
