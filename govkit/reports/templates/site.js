"use strict";
(function () {
  const MOST = 50, AROUND = 24;
  const plain = text => text.normalize("NFKC").toLowerCase().replace(/\s+/g, "");
  const form = document.querySelector(".search"), input = form.querySelector("input");
  const count = form.querySelector("[role=status]"), list = document.querySelector(".results");
  let texts = [], searched = [], pages = [];

  window.govkitSearch = function (index) {
    texts = index.texts;
    searched = texts.map(plain);
    pages = index.pages.map(([title, unit, within, path, numbers]) =>
      ({ title, unit, within, path, numbers, head: plain(title + "|" + unit + "|" + within) }));
    form.hidden = false;
    search();
  };

  function found(term) {
    const numbers = new Set();
    searched.forEach((text, number) => { if (text.includes(term)) numbers.add(number); });
    return numbers;
  }

  function search() {
    const terms = input.value.split(/\s+/).map(plain).filter(Boolean);
    list.replaceChildren();
    if (!terms.length) { count.textContent = ""; return; }
    const within = new Map(terms.map(term => [term, found(term)]));
    const hits = [];
    for (const page of pages) {
      let rank = 0, place = -1, all = true;
      for (const term of terms) {
        const inHead = page.head.includes(term);
        const number = page.numbers.find(one => within.get(term).has(one));
        if (!inHead && number === undefined) { all = false; break; }
        rank += inHead ? 2 : 0;
        if (place < 0 && number !== undefined && !inHead) place = number;
      }
      if (all) hits.push({ page, rank, place });
    }
    hits.sort((a, b) => b.rank - a.rank);
    count.textContent = hits.length ? `找到${hits.length}份${hits.length > MOST ? `，列出前${MOST}份` : ""}` : "没有找到";
    hits.slice(0, MOST).forEach(hit => list.append(item(hit, terms)));
  }

  function item(hit, terms) {
    const line = document.createElement("li"), link = document.createElement("a");
    link.href = hit.page.path;
    link.textContent = `${hit.page.within}${hit.page.unit} ${hit.page.title}`;
    line.append(link);
    if (hit.place >= 0) line.append(excerpt(texts[hit.place], terms));
    return line;
  }

  function excerpt(text, terms) {
    const words = document.createElement("p"), low = text.normalize("NFKC").toLowerCase();
    const exact = low.length === text.length;
    const ats = terms.map(term => [exact ? low.indexOf(term) : -1, term.length]).filter(([at]) => at >= 0);
    const [at, length] = ats.sort((a, b) => a[0] - b[0])[0] || [0, 0];
    const from = Math.max(0, at - AROUND), to = at + length + AROUND * 2;
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + length);
    words.append(from ? "…" : "", text.slice(from, at), length ? mark : "", text.slice(at + length, to));
    words.append(to < text.length ? "…" : "");
    return words;
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const folded = target && target.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  }

  reveal();
  window.addEventListener("hashchange", reveal);
  input.addEventListener("input", search);
  form.addEventListener("submit", event => event.preventDefault());
})();
