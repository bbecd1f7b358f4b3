"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const count = form.querySelector("output");
  const nothing = document.querySelector("p.nothing");
  const unfold = form.elements.unfold;
  const rows = new Map([...document.querySelectorAll("tr[data-for]")].map((row) => [row.dataset.for, row]));
  const cards = [...document.querySelectorAll("article.card")].map((card) => {
    const cause = card.closest("section.cause");
    const row = rows.get(card.id);
    const texts = [card, row, cause?.querySelector(".reason"), cause?.querySelector(".path")];
    return { card, row, text: texts.map((part) => part?.textContent ?? "").join(" ").toLowerCase() };
  });
  const apply = () => {
    const statuses = new Set([...form.querySelectorAll("input[name=status]:checked")].map((box) => box.value));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, row, text } of cards) {
      card.hidden = !statuses.has(card.dataset.status) || !words.every((word) => text.includes(word));
      if (row) row.hidden = card.hidden;
      shown += card.hidden ? 0 : 1;
    }
    for (const part of document.querySelectorAll("section.cause, section.outcome")) {
      part.hidden = !part.querySelector("article.card:not([hidden])");
    }
    count.textContent = shown === cards.length ? "" : `${shown} of ${cards.length} controls`;
    nothing.hidden = shown > 0;
  };
  const folded = () => [...document.querySelectorAll("details:not([open])")];
  const label = () => {
    unfold.textContent = folded().length > 0 ? "Expand all" : "Collapse all";
  };
  unfold.addEventListener("click", () => {
    const closed = folded();
    for (const details of document.querySelectorAll("details")) details.open = closed.length > 0;
    label();
  });
  document.addEventListener("toggle", label, true);
  // A link leads to a control even if the filter hides it, and shows all of one in a line.
  const follow = () => {
    const card = document.getElementById(location.hash.slice(1));
    if (!card?.classList.contains("card")) return;
    if (card.hidden) {
      form.reset();
      apply();
    }
    if (card.classList.contains("line")) card.querySelector("details").open = true;
    card.scrollIntoView();
  };
  addEventListener("hashchange", follow);
  const copy = async (code) => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      return true;
    } catch {
      // A page from a file may not be let.
      getSelection().selectAllChildren(code);
      return document.execCommand("copy");
    }
  };
  for (const part of document.querySelectorAll(".copied")) {
    const code = part.querySelector("code");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      button.textContent = (await copy(code)) ? "Copied" : "Selected";
      setTimeout(() => {
        button.textContent = "Copy";
      }, 2000);
    });
    part.append(button);
  }
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
  label();
  follow();
})();
