// The talk without a new page for each message. Every form works without this file; what was typed is kept nowhere.
"use strict";
(() => {
  const HOURS = 24, ESCAPES = 1000, TRY_SOON = 1000, TRY_AGAIN = 5000, NEXT_AFTER = 2000, LOST_AFTER = 30000, TOLD_FOR = 3000;
  const TOO_SLOW = 408, TOO_MANY = 429; // of HTTP; all else that is no answer says nothing to a family
  const main = document.querySelector("main"), log = document.getElementById("log"), say = document.getElementById("say");
  const text = document.getElementById("text"), status = document.getElementById("status"), hide = document.getElementById("hide");
  const framed = document.body.classList.contains("framed"), KEEP = framed ? "signpost-frame" : "signpost";
  const words = main.dataset, page = document.documentElement;
  const tap = (said) => said.split(/\b(\d{3})\b/).map((part, at) => at % 2 ? Object.assign(document.createElement("a"), { href: `tel:${part}`, textContent: part }) : part);

  const colour = document.body.dataset.colour;
  if (colour) document.documentElement.style.setProperty("--main", colour);

  // -- leaving at once
  let gone = false;
  const LEFT = "signpost-left"; // stands in a tab that was left so: Back to any page of ours in it leaves again
  const leave = () => {
    gone = true;
    try { sessionStorage.clear(); sessionStorage.setItem(LEFT, "1"); } catch { /* a frame may have no storage */ }
    try { speechSynthesis.cancel(); } catch { /* none */ }
    document.title = "";
    document.body.replaceChildren();
    fetch("/talk/end", { method: "POST", keepalive: true }).catch(() => {});
    if (!framed) { location.replace(hide.href); return; }
    try { top.location.replace(hide.href); } catch { location.replace("about:blank"); } // a browser may not let a frame move its page
  };
  hide.addEventListener("click", (event) => { event.preventDefault(); leave(); });
  let escaped = -Infinity;
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.repeat) return;
    if (event.timeStamp - escaped < ESCAPES) leave();
    escaped = event.timeStamp;
  });
  const back = (always) => {
    try {
      const [how] = performance.getEntriesByType("navigation");
      if (!sessionStorage.getItem(LEFT)) return;
      if (always || (how && how.type === "back_forward")) leave(); else sessionStorage.removeItem(LEFT);
    } catch { /* no storage */ }
  };
  addEventListener("pageshow", (event) => { if (event.persisted) back(true); });
  back(false);
  if (gone) return;
  for (const button of document.querySelectorAll("[data-paper]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
  if (!say) return;

  // -- a talk ends with its tab: a new one begins another, whoever opens it
  try {
    const here = sessionStorage.getItem("signpost-tab");
    sessionStorage.setItem("signpost-tab", "1");
    if (!here && !framed && "known" in document.body.dataset && !location.search.includes("shown=")) {
      fetch("/talk/end", { method: "POST" }).then(() => location.reload(), () => {});
      return;
    }
  } catch { /* no storage: it ends with the browser */ }

  // -- what this tab keeps, so that a reload shows the talk again: replies, and no word that was typed
  const keep = () => {
    if (gone) return;
    const held = { at: Date.now(), html: "", easy: page.classList.contains("easy") };
    for (const one of log.querySelectorAll(".reply, .you")) {
      const copy = one.cloneNode(true);
      copy.classList.remove("fresh", "print-this");
      if (one.matches(".you[data-typed]")) { copy.textContent = words.notKept; copy.classList.add("gone"); copy.removeAttribute("data-typed"); }
      if (one.matches("[data-words]")) { copy.removeAttribute("data-words"); copy.replaceChildren(Object.assign(document.createElement("p"), { textContent: words.notKeptReply })); }
      held.html += copy.outerHTML;
    }
    if (field(say, "token")) { held.mark = field(say, "mark").value; held.token = field(say, "token").value; }
    try { sessionStorage.setItem(KEEP, JSON.stringify(held)); } catch { /* no storage, or it is full: a reload begins anew */ }
  };
  const field = (form, name) => form.querySelector(`input[name="${name}"]`);
  const restore = () => {
    let held = null;
    try { held = JSON.parse(sessionStorage.getItem(KEEP)); } catch { /* none */ }
    if (!held || Date.now() - held.at > HOURS * 3600e3) return;
    if (held.token) adopt(held.mark, held.token);
    if (log.querySelector(".reply") || !held.html) return;
    log.setAttribute("aria-live", "off");
    log.innerHTML = held.html;
    talking();
    ready(log);
    if (held.easy !== page.classList.contains("easy")) dress(held.easy);
    log.lastElementChild.scrollIntoView({ block: "start", behavior: "instant" });
    setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  };
  const put = (form, name, value) => {
    const one = field(form, name) || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    one.value = value;
  };
  const adopt = (mark, token) => { // a token comes where no cookie is used: in a frame, or where the browser keeps none
    for (const form of document.querySelectorAll('form[action="/talk"]')) {
      put(form, "mark", mark);
      if (token) { put(form, "framed", "1"); put(form, "token", token); }
    }
  };
  const dress = async (easy) => { // the page's own words, in easy read or not; the talk stays as it is
    page.classList.toggle("easy", easy);
    const address = new URL(location.pathname, location);
    address.searchParams.set("easy", easy ? "1" : "0");
    const area = document.getElementById("area").textContent;
    try {
      const other = new DOMParser().parseFromString(await (await fetch(address)).text(), "text/html");
      for (const part of [".hello", "#say label", ".danger", ".start", ".foot"]) document.querySelector(part).innerHTML = other.querySelector(part).innerHTML;
      Object.assign(words, other.querySelector("main").dataset);
      if (area) document.getElementById("area").textContent = area;
      hide.textContent = other.getElementById("hide").textContent;
    } catch { /* the words stay as they are; the answers come in easy read all the same */ }
  };
  const talking = () => document.body.classList.add("talking");

  // -- sending: in their order; what could not be sent waits, and is the same message when it is sent again. The next one waits
  // for the answer to this one, as it may lean on it, but not for long: it may be a cry for help
  const queue = [];
  let held = null, holding = 0, later = 0;
  const send = (form, submitter) => {
    const data = new FormData(form), pressed = submitter && submitter.name, typed = (data.get("text") || "").trim();
    if (pressed) data.set(submitter.name, submitter.value);
    if (!pressed && !typed) { text.focus(); return; }
    data.set("part", "1");
    data.set("once", Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join(""));
    const line = document.createElement("p");
    line.className = "you";
    line.append(Object.assign(document.createElement("span"), { className: "unseen", textContent: `${words.you} ` }),
      Object.assign(document.createElement("bdi"), { textContent: pressed ? submitter.textContent.trim() : typed }));
    if (!pressed) { line.dataset.typed = ""; text.value = ""; }
    talking();
    log.append(line);
    line.scrollIntoView({ block: "nearest" });
    queue.push({ data, line, away: false, failed: false, tries: 0 });
    work();
  };
  const work = () => {
    const one = queue.find((each) => !each.away);
    if (held || !one) return;
    one.away = true;
    hold(one);
    carry(one);
  };
  const hold = (one) => {
    held = one;
    clearTimeout(holding);
    holding = setTimeout(() => release(one), NEXT_AFTER);
  };
  const release = (one) => {
    if (held === one) held = null;
    work();
  };
  const again = () => {
    for (const one of queue) if (one.failed) one.away = one.failed = false;
    work();
  };
  const carry = async (one) => {
    const { data, line } = one, lost = new AbortController(), end = setTimeout(() => lost.abort(), LOST_AFTER);
    const slow = setTimeout(() => { status.textContent = words.waiting; }, 700);
    try {
      data.set("mark", field(say, "mark").value);
      for (const name of ["framed", "token"]) if (field(say, name)) data.set(name, field(say, name).value);
      const answer = await fetch("/talk", { method: "POST", body: new URLSearchParams(data), signal: lost.signal });
      const known = (answer.headers.get("content-type") || "").startsWith("application/json");
      if (!known && (answer.status >= 500 || answer.status === TOO_SLOW)) throw new Error("down");
      const told = known ? await answer.json() : { html: "", refused: answer.status === TOO_MANY ? await answer.text() : words.failed };
      clearTimeout(slow);
      clearTimeout(end);
      if (told.mark) adopt(told.mark, told.token);
      if (told.again && !data.has("twice")) { data.set("twice", "1"); carry(one); return; }
      queue.splice(queue.indexOf(one), 1);
      if (!queue.length || status.textContent !== words.waiting) status.textContent = "";
      show(told, line);
      release(one);
    } catch {
      clearTimeout(slow);
      clearTimeout(end);
      if (gone) return;
      status.replaceChildren(...tap(words.offline));
      one.tries += 1;
      if (one.tries === 1 && held === one) { // a line that broke once: the others wait for it, so that their order holds
        clearTimeout(holding);
        setTimeout(() => { hold(one); carry(one); }, TRY_SOON);
        return;
      }
      one.failed = true;
      clearTimeout(later);
      later = setTimeout(again, TRY_AGAIN);
      release(one);
    }
  };
  addEventListener("online", again);
  const show = (told, line) => {
    if (gone) return;
    if (told.forgotten) { log.replaceChildren(); try { sessionStorage.clear(); } catch { /* none */ } }
    const part = document.createElement("template");
    part.innerHTML = told.html;
    if (told.refused) {
      const refusal = Object.assign(document.createElement("p"), { className: "status" });
      refusal.append(...tap(told.refused));
      part.content.append(refusal);
    }
    for (const one of part.content.children) one.classList.add("fresh");
    for (const one of document.querySelectorAll(["area", "topic", "easy", "young"].map((name) => `input[name="${name}"]`).join())) one.remove();
    const fresh = Array.from(part.content.children), here = line.isConnected;
    if (here) line.after(part.content); else log.append(part.content); // under its own question, whatever was asked since
    fresh.forEach(ready);
    if ("easy" in told && told.easy !== page.classList.contains("easy")) dress(told.easy);
    if ("area" in told) document.getElementById("area").textContent = told.area;
    if (!told.forgotten) keep();
    const first = here ? line : fresh[0], shown = log.querySelectorAll(".reply, .status");
    if (fresh.includes(shown[shown.length - 1])) first.scrollIntoView({ block: "start" }); // else an answer to a later one is being read
  };
  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("action") !== "/talk" || (event.submitter && event.submitter.hasAttribute("formaction")) || (event.target !== say && !event.submitter)) return;
    event.preventDefault();
    send(event.target, event.submitter);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    say.requestSubmit();
    if (matchMedia("(pointer: coarse)").matches) text.blur(); // the keys of a phone would stand before the answer
  });

  // -- taking an answer away: aloud, as text, on paper
  const plain = (reply) => { // a link stands as its whole address, so that whoever gets it can follow it
    const said = reply.querySelector(".said"), links = Array.from(said.querySelectorAll('.way a[href^="http"]')), short = links.map((link) => link.textContent);
    links.forEach((link) => { link.textContent = link.href; });
    const whole = said.innerText.trim();
    links.forEach((link, at) => { link.textContent = short[at]; });
    return `${whole}\n\n${words.foot.replace("{address}", location.origin)}`;
  };
  const ready = (part) => {
    for (const line of part.querySelectorAll(".take")) {
      const can = { read: "speechSynthesis" in window, share: navigator.share, copy: navigator.clipboard, print: true };
      for (const button of line.querySelectorAll("[data-take]")) button.hidden = !can[button.dataset.take];
      for (const name of ["read", "copy"]) for (const button of line.querySelectorAll(`[data-take="${name}"]`)) button.textContent = words[name];
    }
  };
  const hush = () => {
    speechSynthesis.cancel();
    for (const button of document.querySelectorAll('[data-take="read"]')) button.textContent = words.read;
  };
  const TAKE = {
    read(reply, button) {
      const stop = button.textContent === words.stop;
      hush();
      if (stop) return;
      button.textContent = words.stop;
      const sentences = reply.querySelector(".said").innerText.match(/.+?[.!?:](?=\s|$)|.+/gm) || [];
      sentences.forEach((sentence, at) => {
        const spoken = Object.assign(new SpeechSynthesisUtterance(sentence), { lang: "en-GB", rate: 0.95 });
        if (at === sentences.length - 1) spoken.onend = () => { button.textContent = words.read; };
        speechSynthesis.speak(spoken);
      });
    },
    async copy(reply, button) {
      await navigator.clipboard.writeText(plain(reply));
      button.textContent = status.textContent = words.copied; // seen where it was pressed, heard wherever one is
      setTimeout(() => {
        button.textContent = words.copy;
        if (status.textContent === words.copied) status.textContent = "";
      }, TOLD_FOR);
    },
    share: (reply) => navigator.share({ text: plain(reply) }).catch(() => {}),
    print(reply) {
      document.body.classList.add("printing");
      reply.classList.add("print-this");
      print();
      document.body.classList.remove("printing");
      reply.classList.remove("print-this");
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take]");
    if (button) TAKE[button.dataset.take](button.closest(".reply"), button);
  });
  addEventListener("pagehide", () => { if ("speechSynthesis" in window) speechSynthesis.cancel(); });

  restore();
  ready(log);
  if (log.querySelector("#last .reply")) keep();
})();
