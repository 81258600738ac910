// Keys of the editors' queue: each presses a button or a link of the page, none does anything of its own.
"use strict";
(() => {
  const switchedOff = "console-keys-off";
  const root = document.documentElement;
  const turn = document.getElementById("turn-keys");
  const dialog = document.getElementById("all-keys");

  const remembered = () => { try { return localStorage.getItem(switchedOff) === "yes"; } catch { return false; } };
  const remember = (off) => { try { localStorage.setItem(switchedOff, off ? "yes" : "no"); } catch { /* not kept, still done */ } };
  let off = remembered();

  const show = () => {
    root.classList.toggle("with-keys", !off);
    for (const [id, hidden] of [["keys", off], ["keys-switch", false]]) {
      const part = document.getElementById(id);
      if (part) part.hidden = hidden;
    }
    if (turn) turn.textContent = off ? turn.dataset.off : turn.dataset.on;
    for (const target of document.querySelectorAll("[data-key]")) {
      if (off) target.removeAttribute("aria-keyshortcuts");
      else target.setAttribute("aria-keyshortcuts", target.dataset.key.toUpperCase());
    }
  };

  const typing = (target) => target instanceof Element
    && target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;

  // Where the keyboard writes another script, the key in the place of the Latin letter is meant.
  const meant = ({ key, code, shiftKey }) => /^[\x00-\x7f]*$/.test(key) ? key.toLowerCase()
    : code === "Slash" ? (shiftKey ? "?" : "/") : code.replace(/^Key/, "").toLowerCase();

  const press = (event) => {
    if (off || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    if (typing(event.target) || dialog?.open) return;
    const key = meant(event);
    const target = key === "/" ? document.getElementById("q") : key === "?" ? dialog
      : /^[a-z]$/.test(key) ? document.querySelector(`[data-key="${key}"]`) : null;
    if (!target) return;
    if (target === dialog) dialog.showModal();
    else if (key === "/" && !target.offsetParent) return;
    else if (key === "/") { target.focus(); target.select(); }
    else if (target.closest(".case")?.offsetParent === null) return;  // a phone shows the list alone
    else target.click();
    event.preventDefault();
  };

  document.addEventListener("keydown", press);
  document.getElementById("show-keys")?.addEventListener("click", () => dialog.showModal());
  turn?.addEventListener("click", () => { off = !off; remember(off); show(); });
  show();
  const all = document.getElementById("tick-all");
  if (all) {
    all.hidden = false;
    all.addEventListener("click", () => {
      const boxes = [...document.querySelectorAll("[name=tick]")];
      const wanted = boxes.some((box) => !box.checked);
      for (const box of boxes) box.checked = wanted;
    });
  }

  // The one that is open is seen in its list, however long that is; the page itself stays where it is.
  const here = document.querySelector(".queue .here");
  const list = here?.closest(".waiting");
  if (list && list.scrollHeight > list.clientHeight) list.scrollTop = here.offsetTop - list.clientHeight / 3;
})();
