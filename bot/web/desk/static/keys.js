// Keys for the inbox and its comments. Every page works without them, and they can be turned off (WCAG 2.1.4).
"use strict";

(() => {
  const help = document.querySelector("[data-keys]");
  if (!help) return;
  const STORE = "signpost-desk-keys";
  const button = help.querySelector("button");
  let on = true;
  try { on = localStorage.getItem(STORE) !== "off"; } catch { /* a browser that keeps nothing: the keys are on */ }
  const show = () => {
    button.textContent = on ? "Turn the keys off" : "Turn the keys on";
    help.querySelector("[data-keys-list]").hidden = !on;
  };
  button.addEventListener("click", () => {
    on = !on;
    try { localStorage.setItem(STORE, on ? "on" : "off"); } catch { /* as above */ }
    show();
  });
  help.hidden = false;
  show();

  const lines = () => [...document.querySelectorAll("#results .list h2 a")];
  const press = (selector) => { const found = document.querySelector(selector); if (found) found.click(); };
  const step = (by) => {
    const all = lines();
    const at = all.findIndex((line) => line.closest("li").contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by];
    if (next) next.focus();
  };
  const list = {
    j: () => step(1),
    k: () => step(-1),
    x: () => { const here = document.activeElement.closest("#results li"); if (here) here.querySelector("input[type=checkbox]").click(); },
  };
  const comment = {
    j: () => press("nav.queue a[rel=next]"),
    k: () => press("nav.queue a[rel=prev]"),
    r: () => press("button[value=read-next]"),
    s: () => press("button[value=next]"),
    u: () => press("nav.queue a"),
  };
  const keys = help.dataset.keys === "list" ? list : comment;
  document.addEventListener("keydown", (event) => {
    if (!on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const at = event.target;
    if (at.closest("input:not([type=checkbox]), textarea, select, summary, [contenteditable]")) return;
    const work = keys[event.key];
    if (work) { event.preventDefault(); work(); }
  });
})();
