"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const count = form.querySelector("output");
  const nothing = document.querySelector("p.nothing");
  const rows = [...document.querySelectorAll("#accounts tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() + " " + [...row.querySelectorAll("[title]")].map((cell) => cell.title).join(" ") }));
  // So many rows are shown again in a frame: all thousand of them at once would hold up what is typed.
  const AT_ONCE = 50;
  let waiting = 0;
  let later = [];
  const reveal = () => {
    for (const row of later.splice(0, AT_ONCE)) row.hidden = false;
    waiting = later.length > 0 ? requestAnimationFrame(reveal) : 0;
  };
  const apply = () => {
    later = [];
    const statuses = new Set([...form.querySelectorAll("input[name=status]:checked")].map((box) => box.value));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      const hidden = !statuses.has(row.dataset.status) || !words.every((word) => text.includes(word));
      if (hidden) row.hidden = true;
      else if (row.hidden) later.push(row);
      shown += hidden ? 0 : 1;
    }
    reveal();
    count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} accounts`;
    nothing.hidden = shown > 0;
  };
  form.hidden = false;
  // Once for all that is typed between two frames.
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(apply);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
