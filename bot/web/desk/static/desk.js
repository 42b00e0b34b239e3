// Small comforts of the desk; every page works without this file.
"use strict";

document.querySelectorAll("[data-copy-text]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyText).textContent);
    button.textContent = "Copied";
  });
});

document.querySelectorAll("[data-copy-from]").forEach((button) => {
  const to = document.getElementById(button.dataset.copyTo);
  button.hidden = false;
  button.addEventListener("click", () => {
    to.value = document.getElementById(button.dataset.copyFrom).content.textContent;
    to.focus();
    button.hidden = true;
  });
});

document.querySelectorAll("[data-redact]").forEach((area) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "second";
  button.textContent = "Hide the selected words";
  button.addEventListener("click", () => {
    if (area.selectionStart === area.selectionEnd) return;
    area.setRangeText("[hidden]", area.selectionStart, area.selectionEnd, "end");
    area.focus();
  });
  const line = document.querySelector(`[data-redact-for="${area.id}"]`) || document.createElement("p");
  line.className = "actions";
  line.append(button);
  if (!line.parentNode) area.after(line);
});

// What a state needs is opened with it.
document.querySelectorAll("details[data-open-for]").forEach((part) => {
  const chosen = document.getElementById(part.dataset.openFor);
  chosen.addEventListener("change", () => { if (part.dataset.openAt.split(" ").includes(chosen.value)) part.open = true; });
});

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

const showTickAll = () => document.querySelectorAll("[data-tick-all]").forEach((button) => { button.hidden = false; });
showTickAll();
document.addEventListener("htmx:afterSettle", showTickAll); // a filter has drawn the list anew
document.addEventListener("click", ({ target }) => {
  if (!target.dataset.tickAll) return;
  target.form.querySelectorAll(`input[name="${target.dataset.tickAll}"]`).forEach((box) => { box.checked = true; });
});

// Leaving a page with words that are not saved asks first.
document.querySelectorAll("form[data-unsaved]").forEach((form) => {
  let unsaved = false;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("click", (event) => { if (event.target.dataset.copyFrom) unsaved = true; });
  document.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
});

// On a narrow screen the bar can be wider than the screen: the page that is open stands in view.
const shownTab = document.querySelector("header nav [aria-current]");
if (shownTab) shownTab.scrollIntoView({ block: "nearest", inline: "center" });
