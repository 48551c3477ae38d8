// The page is complete without this script. It reloads the parts that change, shows figures under the pointer, and moves by keys.
"use strict";
(() => {
  const live = document.getElementById("live");
  const say = (text) => { if (live && live.textContent !== text) live.textContent = text; };

  // Parts have data-live and an id. A part that has the focus keeps it, if the same place exists afterwards.
  const place = (element, part) => element && part.contains(element) ? [...part.querySelectorAll("a,button,input,select,summary,[tabindex]")].indexOf(element) : -1;
  async function reload() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok) { say("· not current: " + answer.status); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || next.innerHTML === part.innerHTML) continue;
      const focused = place(document.activeElement, part);
      if (focused >= 0 && document.activeElement.matches("input")) continue; // someone types
      const open = [...part.querySelectorAll("details[open]")].map((d) => d.id);
      const scrolled = [...part.querySelectorAll(".scroll")].map((s) => s.scrollLeft);
      part.replaceChildren(...next.childNodes);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      part.querySelectorAll(".scroll").forEach((s, i) => { s.scrollLeft = scrolled[i] || 0; });
      if (focused >= 0) part.querySelectorAll("a,button,input,select,summary,[tabindex]")[focused]?.focus({ preventScroll: true });
    }
    const time = document.querySelector("#as-of time"), now = fresh.querySelector("#as-of time");
    if (time && now) time.replaceWith(now);
  }

  const address = document.body.dataset.events;
  if (address) {
    let state = null, waiting = false;
    const events = new EventSource(address);
    events.addEventListener("state", async (event) => {
      say("· live");
      if (state === event.data) return;
      const first = state === null;
      state = event.data;
      if (first && Date.now() - performance.timeOrigin < 3000 || waiting) return;
      waiting = true;
      try { await reload(); } catch { say("· not current"); } finally { waiting = false; }
    });
    events.addEventListener("error", () => say(events.readyState === EventSource.CLOSED ? "· not live: load the page again" : "· connecting"));
  }

  document.addEventListener("pointerover", (event) => {
    const hit = event.target.closest?.(".hit");
    if (hit) document.getElementById("readout").textContent = hit.textContent;
  });
  document.addEventListener("click", (event) => {
    const hit = event.target.closest?.(".hit");
    if (hit) location.href = hit.dataset.link;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input,select,textarea")) return;
    if (event.key === "/") { const search = document.getElementById("search"); if (search) { event.preventDefault(); search.focus(); } }
    if (event.key === "j" || event.key === "k") {
      const links = [...document.querySelectorAll(".list tbody a, .recent a")];
      const next = links[links.indexOf(document.activeElement) + (event.key === "j" ? 1 : -1)] || links[0];
      next?.focus();
    }
  });
})();
