"use strict";
(async function () {
  const MOST_LINES = 6, COLOURS = ["#1f3a5f", "#b3541e", "#2e7d5b", "#8a4f9e", "#8a7a1f", "#5b7ba3"];
  const BELOW = { district: "township", township: "village" };
  const form = document.querySelector(".choices"), fields = form.elements;
  const view = document.getElementById("view"), about = document.getElementById("about");
  const known = new Map();
  const get = async path => (await fetch(path)).json();
  const catalogue = await get("/data/catalogue.json");
  const places = catalogue.places.map(([code, name, level, parent]) => ({ code, name, level, parent }));
  const byCode = new Map(places.map(place => [place.code, place]));

  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function drawn(name, attributes, text) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function offer(field, choices, chosen) {
    field.replaceChildren(...choices.map(([value, text]) => element("option", text, { value })));
    if (choices.some(([value]) => value === chosen)) field.value = chosen;
  }

  // Half up from the shortest decimal writing, a comma every three digits from five on: as the documents print.
  function shown(value, decimals) {
    if (typeof value === "string") return value;
    const sign = value < 0 ? "-" : "", plain = String(Math.abs(value));
    const moved = Number(`${plain}e${decimals}`);
    const text = (Math.floor(moved + 0.5) / 10 ** decimals).toFixed(decimals);
    const [whole, part] = text.split(".");
    const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, ",") : whole;
    return (Number(text) ? sign : "") + grouped + (part ? `.${part}` : "");
  }

  async function indicator(code) {
    if (!known.has(code)) known.set(code, await get(`/data/${encodeURIComponent(code)}.json`));
    return known.get(code);
  }

  const isNumber = value => typeof value === "number";
  const under = (place, code) => place && (place.code === code || under(byCode.get(place.parent), code));

  function levels() {
    const found = [];
    for (let level = byCode.get(fields.place.value).level; level; level = BELOW[level]) found.push(level);
    return found;
  }

  function choice(one) {
    const months = catalogue.months, ends = [fields.first.value, fields.last.value].map(m => months.indexOf(m));
    const [first, last] = [Math.min(...ends), Math.max(...ends)];
    const values = fields.year.checked && one.year ? one.year : one.month;
    const row = place => (values[place.code] || months.map(() => catalogue.not_counted)).slice(first, last + 1);
    const place = byCode.get(fields.place.value), level = fields.level.value;
    const units = places.filter(unit => unit.level === level && under(unit, place.code));
    return { place, level, units, row, months: months.slice(first, last + 1) };
  }

  function table(headings, rows) {
    const head = element("tr"), body = element("tbody"), made = element("table");
    head.append(...headings.map(text => element("th", text, { scope: "col" })));
    for (const { name, cells, total } of rows) {
      const line = element("tr");
      if (total) line.className = "total";
      line.append(element("th", name, { scope: "row" }));
      line.append(...cells.map(cell => typeof cell === "string" ? element("td", cell) : cell));
      body.append(line);
    }
    const top = element("thead");
    top.append(head);
    made.append(top, body);
    const box = element("div", undefined, { class: "scroll", tabindex: "0", role: "region", "aria-label": "数据表" });
    box.append(made);
    return box;
  }

  const pages = {
    table(one, { place, level, units, row, months }) {
      const rows = units.map(unit => ({ name: unit.name, cells: row(unit).map(v => shown(v, one.decimals)) }));
      if (place.level !== level)
        rows.push({ name: `${place.name}合计`, cells: row(place).map(v => shown(v, one.decimals)), total: true });
      return table(["单位", ...months], rows);
    },

    trend(one, { place, units, row, months }) {
      const lines = units.length <= MOST_LINES ? units : [place], left = 70, right = 800, floor = 260, top = 24;
      const highest = Math.max(...lines.flatMap(row).filter(isNumber), 0) || 1;
      const x = at => left + 20 + (right - left - 30) * at / Math.max(months.length - 1, 1);
      const y = value => floor - (floor - top) * value / highest;
      const words = lines.map(unit => `${unit.name}${months.at(-1)}为${shown(row(unit).at(-1), one.decimals)}`);
      const svg = drawn("svg", { viewBox: "0 0 960 300", role: "img", "aria-label": words.join("；") });
      for (const value of [0, highest]) {
        svg.append(drawn("line", { x1: left, x2: right, y1: y(value), y2: y(value), stroke: value ? "#ccc" : "#222" }));
        svg.append(drawn("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, shown(value, one.decimals)));
      }
      const step = Math.ceil(months.length / 9);
      months.forEach((month, at) => (months.length - 1 - at) % step ||
        svg.append(drawn("text", { x: x(at), y: floor + 22, "text-anchor": "middle" }, month)));
      const ends = [];
      lines.forEach((unit, number) => {
        const colour = COLOURS[number];
        let path = "", gap = true;
        row(unit).forEach((value, at) => {
          if (isNumber(value)) {
            path += `${gap ? "M" : "L"}${x(at)} ${y(value)}`;
            svg.append(drawn("circle", { cx: x(at), cy: y(value), r: 3, fill: colour }));
            ends[number] = y(value);
          }
          gap = !isNumber(value);
        });
        svg.append(drawn("path", { d: path, fill: "none", stroke: colour, "stroke-width": 2 }));
      });
      let last = -20;
      Object.entries(ends).sort((a, b) => a[1] - b[1]).forEach(([number, at]) => {
        last = Math.max(at, last + 16);
        svg.append(drawn("text", { x: right + 8, y: last + 4, fill: COLOURS[number] }, lines[number].name));
      });
      return svg;
    },

    ranking(one, { units, row }) {
      const ranked = units.map(unit => ({ name: unit.name, value: row(unit).at(-1) }));
      const worse = (a, b) => one.lower ? a - b : b - a;
      ranked.sort((a, b) => isNumber(a.value) && isNumber(b.value)
        ? worse(a.value, b.value) : isNumber(b.value) - isNumber(a.value));
      const highest = Math.max(...ranked.map(unit => unit.value).filter(isNumber), 0) || 1;
      return table(["单位", "名次", `${one.label}（${one.unit}）`, "比较"], ranked.map(({ name, value }) => {
        const bar = element("td");
        if (isNumber(value)) bar.append(element("progress", undefined, { max: highest, value: Math.max(value, 0), "aria-label": `${name}的条` }));
        const rank = !isNumber(value) ? "—" : String(1 + ranked.filter(unit => isNumber(unit.value) && worse(unit.value, value) < 0).length);
        return { name, cells: [rank, shown(value, one.decimals), bar] };
      }));
    },
  };

  let latest = 0;
  async function draw() {
    const turn = ++latest, one = await indicator(fields.indicator.value);
    if (turn !== latest) return;
    fields.year.disabled = !one.year;
    const chosen = choice(one), tab = fields.tab.value;
    const counted = one.january ? "自当年1月起计" : fields.year.checked && one.year ? "本年累计" : "每月";
    const span = tab === "ranking" ? chosen.months.at(-1) : `${chosen.months[0]}至${chosen.months.at(-1)}`;
    const title = element("p", `${chosen.place.name} · ${one.label}（${one.unit}） · ${span} · ${counted}`, { class: "name" });
    view.replaceChildren(title, pages[tab](one, chosen));
    about.replaceChildren(...one.about.flatMap(([term, text]) => [element("dt", term), element("dd", text)]));
  }

  function offerIndicators() {
    offer(fields.indicator, Object.entries(catalogue.catalogue[fields.institution.value]).map(([label, code]) => [code, label]));
  }

  function offerLevels() {
    const found = levels();
    offer(fields.level, found.map(level => [level, catalogue.levels[level]]), found[1] || found[0]);
  }

  offer(fields.institution, Object.keys(catalogue.catalogue).map(title => [title, title]));
  offer(fields.place, places.map(place => [place.code, (place.level === "village" ? "　" : "") + place.name]));
  const months = catalogue.months.map(month => [month, month]);
  offer(fields.first, months, catalogue.months[0]);
  offer(fields.last, months, catalogue.months.at(-1));
  offerIndicators();
  offerLevels();
  fields.institution.addEventListener("change", offerIndicators);
  fields.place.addEventListener("change", offerLevels);
  form.addEventListener("change", draw);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;
  await draw();
})();
