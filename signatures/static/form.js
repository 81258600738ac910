/* The signing form saves round trips: the line to be printed follows the typing, and registered organisations are
   suggested. Everything works without it, and it says no word of its own. */
"use strict";
(() => {
  const form = document.querySelector("form.form");
  if (!form) return;
  const parts = ["acronym", "name", "transliteration", "translation", "country"];
  const field = (name) => form.elements.namedItem(name);
  const later = (wait, act) => {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(act, wait); };
  };

  /* == The line: as the server prints it =============================== */
  const alikes = [...form.querySelectorAll(".lookalike")].map((box) => ({ ...box.dataset, box }));
  const preview = document.getElementById("preview");

  function changes(alike) {
    const chosen = alike.box.querySelector("input:checked");
    return Boolean(chosen) && chosen.value === "change";
  }

  function part(name) {
    const text = field(name).value.trim().replace(/\s*[\t\n\v\f\r\u2028\u2029]\s*/g, " ");
    const alike = alikes.find((one) => one.field === name && changes(one));
    return alike ? text.split(alike.word).join(alike.changed) : text;
  }

  function line() {
    const [acronym, name, transliteration, translation, country] = parts.map(part);
    if (!name) return "";
    return (acronym ? acronym + " " : "") + name + (transliteration ? ` (${transliteration})` : "")
      + (translation ? ` (${translation})` : "") + (country ? `, ${country}` : "");
  }

  function marked(text) {
    const kept = alikes.filter((one) => !changes(one));
    return kept.reduce((nodes, alike) => nodes.flatMap((node) => split(node, alike)), [text]);
  }

  function split(node, alike) {
    const word = node instanceof Element ? -1 : node.indexOf(alike.word);
    if (word < 0) return [node];
    const at = word + alike.word.indexOf(alike.letter);
    const mark = document.createElement("mark");
    mark.textContent = alike.letter;
    return [node.slice(0, at), mark, node.slice(at + alike.letter.length)];
  }

  function show() {
    const text = line();
    preview.replaceChildren(...marked(text));
    preview.parentElement.hidden = !text;
    document.getElementById("no-preview").hidden = Boolean(text);
    for (const element of [preview, field("name")]) {
      if (field("name_language").value) element.lang = field("name_language").value;
      else element.removeAttribute("lang");
    }
  }

  /* == Registered organisations of that name =========================== */
  const known = document.getElementById("chosen");
  const picks = known.querySelector(".picks");
  const status = document.getElementById("known-status");
  let asked = new AbortController();
  let offered = new Map();

  function pick(one, chosen) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    const words = document.createElement("span");
    label.className = "pick";
    Object.assign(input, { type: "radio", name: "chosen", value: one.organisation_id, checked: one.organisation_id === chosen });
    words.textContent = one.words;
    label.append(input, " ", words);
    return label;
  }

  function offer(organisations) {
    const chosen = known.querySelector("input:checked")?.value;
    const wasHidden = known.hidden;
    offered = new Map(organisations.map((one) => [one.organisation_id, one]));
    if (chosen && chosen !== "another" && !offered.has(chosen)) return;  /* what was chosen is not taken away */
    picks.replaceChildren(...organisations.map((one) => pick(one, chosen)));
    known.hidden = !organisations.length;
    if (known.hidden) status.textContent = "";
    else if (wasHidden) status.textContent = known.querySelector("legend").textContent;
  }

  const suggest = later(300, async () => {
    asked.abort();
    asked = new AbortController();
    const url = new URL(form.dataset.suggestions, location.href);
    url.searchParams.set("q", part("name").slice(0, 200));
    if (field("invitation")) url.searchParams.set("invitation", field("invitation").value);
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (answer.ok) offer((await answer.json()).organisations);
    } catch (error) {
      if (error.name !== "AbortError") offer([]);  /* the form goes on without suggestions */
    }
  });

  /* A chosen organisation fills in what is still empty, and completes a name that was only begun. */
  function fill(one) {
    const begun = part("name").toLocaleLowerCase();
    for (const [name, value] of Object.entries(one.fields)) {
      const control = field(name);
      const completes = name === "name" && value.toLocaleLowerCase().includes(begun);
      if (value && (!control.value.trim() || completes)) control.value = value;
    }
    show();
  }

  /* == Several territories in one field ================================= */
  const territories = field("territories");
  const options = [...territories.list.options];
  const names = options.map((option) => option.value);

  function complete() {
    const begun = territories.value.replace(/[^,،;]*$/, "");
    const before = begun && begun.trimEnd() + " ";
    options.forEach((option, n) => { option.value = before + names[n]; });
  }

  form.addEventListener("input", (event) => {
    if (parts.includes(event.target.name) || event.target.name === "name_language") show();
    if (event.target.name === "name") suggest();
    if (event.target === territories) complete();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "chosen" && offered.has(event.target.value)) fill(offered.get(event.target.value));
    else if (event.target.type === "radio") show();
  });
})();
