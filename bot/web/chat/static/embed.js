// Shows Signpost in a frame where this script stands: <script src="https://…/embed.js" data-area="manchester" data-colour="#0b4f57"></script>
// It reads its own two attributes and nothing else of the page that it stands on.
"use strict";
(() => {
  const script = document.currentScript;
  if (!script) return;
  const address = new URL("/embed", script.src);
  for (const name of ["area", "colour"]) if (script.dataset[name]) address.searchParams.set(name, script.dataset[name]);
  const frame = document.createElement("iframe");
  frame.src = address;
  frame.title = "Signpost: help for families of children with special needs";
  frame.referrerPolicy = "no-referrer";
  frame.loading = "lazy";
  frame.allow = "clipboard-write; web-share";
  Object.assign(frame.style, { width: "100%", maxWidth: "44rem", height: "min(44rem, 90vh)", border: "1px solid #8a949b", borderRadius: "12px" });
  script.after(frame);
})();
