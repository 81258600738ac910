/* The order's page saves round trips: entries are dragged, or moved by arrows and numbers, before the order is kept.
   What it does is sent with the form as the order of its lines; everything works without it. */
"use strict";
(() => {
  const form = document.getElementById("arranging");
  const list = form?.querySelector(".order");
  const keep = document.getElementById("keep");
  if (!list || !keep) return;
  const heard = document.getElementById("heard");
  const unkept = document.getElementById("unkept");
  const first = Number(list.dataset.first);
  let changed = false;

  const field = (row) => row.querySelector(".at");
  const numbered = () => [...list.children].filter((row) => row.dataset.kind !== "section");
  const number = (row) => first + numbered().indexOf(row);

  /* A number that somebody is typing stays; the others follow the order. */
  function renumber() {
    let next = first;
    for (const row of list.children) {
      const input = field(row);
      if (input.value === input.defaultValue) input.value = String(next);
      input.defaultValue = String(next);
      if (row.dataset.kind !== "section") next += 1;
    }
  }

  function told(row) {
    changed = true;
    unkept.hidden = false;
    if (row.dataset.kind === "section") return;
    const name = row.querySelector(".said, .written");
    heard.textContent = form.dataset.said.replace("{name}", (name.value ?? name.textContent).trim()).replace("{number}", number(row));
  }

  function move(row, before) {
    const active = document.activeElement;
    list.insertBefore(row, before);
    const input = field(row);
    input.value = input.defaultValue;
    renumber();
    told(row);
    if (row.contains(active)) active.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  function step(row, up) {
    const other = up ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return false;
    move(row, up ? other : other.nextElementSibling);
    return true;
  }

  /* As the server does: going up before the one that has the number, going down after it. */
  function place(row, wanted) {
    const there = numbered()[wanted - first];
    if (row.dataset.kind === "section" || !there) return false;
    if (there !== row) move(row, wanted < number(row) ? there : there.nextElementSibling);
    return true;
  }

  list.addEventListener("click", (event) => {
    const button = event.target.closest(".step");
    if (button && step(button.closest("li"), button.name === "up")) event.preventDefault();
  });

  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("li");
    if (event.isComposing || !row) return;
    if (event.altKey && !event.ctrlKey && !event.metaKey && ["ArrowUp", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      step(row, event.key === "ArrowUp");
    } else if (event.key === "Enter" && event.target.matches(".at") && /^\d{1,7}$/.test(event.target.value.trim())) {
      if (place(row, Math.max(1, Number(event.target.value)))) event.preventDefault();
    }
  });

  list.addEventListener("input", () => { changed = true; unkept.hidden = false; });
  list.addEventListener("change", () => { changed = true; unkept.hidden = false; });
  form.addEventListener("submit", () => { changed = false; });
  // What was not kept yet is undone first.
  document.getElementById("undo")?.addEventListener("click", (event) => {
    if (!changed) return;
    event.preventDefault();
    changed = false;
    location.reload();
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  /* == Dragging: by pen, mouse and finger; the arrows do the same for everybody else ========== */
  let dragged = null;
  let timer = 0;
  let at = { x: 0, y: 0 };

  function follow() {
    const rows = [...list.children];
    const over = rows.find((row) => row !== dragged && at.y >= row.getBoundingClientRect().top && at.y < row.getBoundingClientRect().bottom);
    if (!over) return;
    const box = over.getBoundingClientRect();
    const above = at.y < box.top + box.height / 2;
    const before = above ? over : over.nextElementSibling;
    if (before !== dragged && before !== dragged.nextElementSibling) list.insertBefore(dragged, before);
  }

  function scroll() {
    const edge = 72;
    const by = at.y < edge ? at.y - edge : at.y > innerHeight - edge ? at.y - innerHeight + edge : 0;
    if (by) { scrollBy(0, by / 3); follow(); }
    timer = requestAnimationFrame(scroll);
  }

  function take(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.button) return;
    event.preventDefault();
    dragged = handle.closest("li");
    dragged.classList.add("dragged");
    const before = dragged.nextElementSibling;
    at = { x: event.clientX, y: event.clientY };
    timer = requestAnimationFrame(scroll);
    const go = (moved) => { at = { x: moved.clientX, y: moved.clientY }; follow(); };
    const end = (over) => {
      cancelAnimationFrame(timer);
      removeEventListener("pointermove", go);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      removeEventListener("keydown", escape);
      const row = dragged;
      dragged = null;
      row.classList.remove("dragged");
      if (over.type === "pointerup") { if (row.nextElementSibling !== before) { renumber(); told(row); } } else list.insertBefore(row, before);
    };
    const escape = (key) => { if (key.key === "Escape") end(key); };
    addEventListener("pointermove", go);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
    addEventListener("keydown", escape);
  }

  for (const row of list.children) {
    const handle = document.createElement("span");
    handle.className = "handle";
    handle.setAttribute("aria-hidden", "true");
    row.prepend(handle);
  }
  list.classList.add("by-hand");
  list.addEventListener("pointerdown", take);
  for (const said of form.querySelectorAll(".with-script")) said.hidden = false;
})();
