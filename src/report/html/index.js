"use strict";
(() => {
  const form = document.querySelector("form.filter");
  const count = form.querySelector("output");
  const nothing = document.querySelector("p.nothing");
  const rows = [...document.querySelectorAll("#accounts tbody tr")].map((row) => ({ row, text: row.textContent.toLowerCase() + " " + [...row.querySelectorAll("[title]")].map((cell) => cell.title).join(" ") }));
  let waiting = 0;
  const apply = () => {
    waiting = 0;
    const statuses = new Set([...form.querySelectorAll("input[name=status]:checked")].map((box) => box.value));
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { row, text } of rows) {
      const hidden = !statuses.has(row.dataset.status) || !words.every((word) => text.includes(word));
      if (row.hidden !== hidden) row.hidden = hidden;
      shown += hidden ? 0 : 1;
    }
    count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} accounts`;
    nothing.hidden = shown > 0;
  };
  form.hidden = false;
  // Once for all that is typed between two frames.
  form.addEventListener("input", () => { waiting ||= requestAnimationFrame(apply); });
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
