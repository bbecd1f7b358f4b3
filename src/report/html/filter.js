"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const count = form.querySelector("output");
  const nothing = document.querySelector("p.nothing");
  const cards = [...document.querySelectorAll("article.card")].map((card) => ({ card, text: card.textContent.toLowerCase() }));
  const apply = () => {
    const statuses = new Set([...form.querySelectorAll("input[name=status]:checked")].map((box) => box.value));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { card, text } of cards) {
      card.hidden = !statuses.has(card.dataset.status) || !words.every((word) => text.includes(word));
      shown += card.hidden ? 0 : 1;
    }
    for (const section of document.querySelectorAll("section.outcome")) {
      section.hidden = !section.querySelector("article.card:not([hidden])");
    }
    count.textContent = shown === cards.length ? "" : `${shown} of ${cards.length} controls`;
    nothing.hidden = shown > 0;
  };
  const reset = () => {
    form.reset();
    apply();
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  // A link leads to a control even if the filter hides it.
  addEventListener("hashchange", () => {
    const card = document.getElementById(location.hash.slice(1));
    if (card?.hidden) {
      reset();
      card.scrollIntoView();
    }
  });
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
  apply();
})();
