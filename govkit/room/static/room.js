/* The candidate's page. Plain ES2017 without a build step: it must run in the browser of an old phone.

   Answers exist in three places: in the inputs, in the queue (not yet confirmed by the server, in the browser's storage
   under room and candidate) and on the server. An answer is shown as saved only after the server confirmed it. Every
   change gets the next version, so that a retry does no harm and an old answer never wins. */
"use strict";

(function () {
  const page = JSON.parse(document.getElementById("room").textContent);
  const messages = page.messages;
  const base = "/r/" + page.room_id;
  const storeKey = "govkit-room:" + page.room_id + ":" + page.candidate;
  const tab = Math.random().toString(36).slice(2) + Date.now().toString(36);

  const POLL = { open: 4000, waiting: 3000, takeover: 3000, paused: 3000, submitted: 20000, closed: 20000, ending: 1500 };
  const REMIND = [30, 10, 5, 1];
  const TYPING_REST = 800, CHOICE_REST = 120, TYPING_MOST = 5000, TIMEOUT = 12000;
  /* Near the end typing is sent while it goes on: what comes after the end is late. */
  const LAST_SECONDS = 3000, TYPING_LAST = 200;
  const SENDING = ["open", "paused", "closed", "void"];
  const MAX_ANSWERS = 40, MAX_CHARACTERS = 20000;

  function byId(id) { return document.getElementById(id); }
  function all(selector, within) { return Array.from((within || document).querySelectorAll(selector)); }
  function say(name, values) {
    return messages[name].replace(/\{(\w+)\}/g, function (_whole, key) { return String(values[key]); });
  }
  function jittered(wait) { return wait * (0.8 + 0.4 * Math.random()); }
  function nowMs() { return window.performance ? performance.now() : Date.now(); }

  /* ---- storage ------------------------------------------------------------------------------------------------ */

  const memory = {};
  const storage = {
    read: function (key) {
      try { return localStorage.getItem(key); } catch (_error) { return key in memory ? memory[key] : null; }
    },
    write: function (key, text) {
      try { localStorage.setItem(key, text); } catch (_error) { memory[key] = text; }
    },
    drop: function (key) {
      delete memory[key];
      try { localStorage.removeItem(key); } catch (_error) { /* nothing was kept */ }
    },
  };

  function readKept() {
    let kept = null;
    try { kept = JSON.parse(storage.read(storeKey)); } catch (_error) { kept = null; }
    return Object.assign({ queue: {}, flags: [], mode: "one", at: 1, incidents: [], away: null }, kept || {});
  }

  /* ---- talking to the server ---------------------------------------------------------------------------------- */

  function Refused(status, body) { this.status = status; this.body = body || {}; }

  function call(path, body, keepalive) {
    const options = { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: {} };
    if (body !== undefined) {
      options.method = "POST";
      options.headers = { "Content-Type": "application/json", "X-Room-CSRF": page.csrf };
      options.body = JSON.stringify(body);
      if (keepalive) { options.keepalive = true; }
    }
    const sent = nowMs();
    const answer = fetch(base + path, options).then(function (response) {
      if (response.status === 204) { return {}; }
      if (response.type === "opaqueredirect") { throw new Refused(401, {}); }
      return response.json().then(
        function (found) { return response.ok ? found : Promise.reject(new Refused(response.status, found)); },
        function () { throw new Refused(response.status, {}); });
    });
    const late = new Promise(function (_done, fail) { setTimeout(function () { fail(new Error("late")); }, TIMEOUT); });
    return Promise.race([answer, late]).then(function (found) { found.sent = sent; return found; });
  }

  /* ---- the waiting page --------------------------------------------------------------------------------------- */

  function waitingPage() {
    let shown = "";
    function look() {
      call("/api/state").then(function (found) {
        if (found.state === "waiting" || found.state === "takeover" || found.state === "paused") {
          if (shown && shown !== found.state) {
            byId("state-title").textContent = messages[found.state + "_title"];
            byId("state-text").textContent = messages[found.state];
          }
          shown = found.state;
          setTimeout(look, jittered(POLL.waiting));
        } else {
          location.replace(base + "/paper");
        }
      }, function (error) {
        if (error instanceof Refused && error.status === 401) { location.replace(base + "/"); return; }
        setTimeout(look, jittered(POLL.waiting * 2));
      });
    }
    setTimeout(look, 500 + 1500 * Math.random());
  }

  document.body.classList.add("script");
  if (page.page === "waiting") { waitingPage(); return; }

  /* ---- fields and answers: text form of answers as in govkit.exams.bank.answers ----------------------------- */

  const SEPARATOR = "\u241f";
  const readers = {
    single_choice: readTicked, multiple_choice: readTicked, true_false: readTicked,
    fill_in: function (box) {
      const texts = all("input", box).map(function (input) { return input.value.trim(); });
      return texts.some(Boolean) ? texts.join(SEPARATOR) : "";
    },
    numeric: function (box) { return box.querySelector("input").value.trim(); },
    ordering: function (box) { return ranked(box).map(function (button) { return button.value; }).join(","); },
    matching: function (box) {
      return all("select", box).filter(function (input) { return input.value; })
        .map(function (input) { return input.getAttribute("data-prompt") + "=" + input.value; }).join(";");
    },
    short_answer: function (box) { return box.querySelector("textarea").value.trim(); },
  };
  const writers = {
    single_choice: writeTicked, multiple_choice: writeTicked, true_false: writeTicked,
    fill_in: function (box, text) {
      const texts = text.split(SEPARATOR);
      all("input", box).forEach(function (input, at) { put(input, texts[at] || ""); });
    },
    numeric: function (box, text) { put(box.querySelector("input"), text); },
    ordering: function (box, text) {
      const order = text ? text.split(",") : [];
      all(".place", box).forEach(function (button) { rank(button, order.indexOf(button.value) + 1); });
      tellOrder(box);
    },
    matching: function (box, text) {
      const pairs = {};
      text.split(";").forEach(function (pair) { const cut = pair.split("="); pairs[cut[0]] = cut[1] || ""; });
      all("select", box).forEach(function (input) { put(input, pairs[input.getAttribute("data-prompt")] || ""); });
    },
    short_answer: function (box, text) { put(box.querySelector("textarea"), text); },
  };

  function put(input, text) { if (input.value !== text) { input.value = text; } }
  function readTicked(box) {
    return all("input", box).filter(function (input) { return input.checked; })
      .map(function (input) { return input.value; }).sort().join(",");
  }
  function writeTicked(box, text) {
    const chosen = text ? text.split(",") : [];
    all("input", box).forEach(function (input) { input.checked = chosen.indexOf(input.value) >= 0; });
    tellTicked(box);
  }
  function tellTicked(box) {
    all(".choice", box).forEach(function (label) {
      label.classList.toggle("chosen", label.querySelector("input").checked);
    });
  }
  function rankOf(button) { return Number(button.getAttribute("data-rank") || 0); }
  function rank(button, number) {
    button.setAttribute("data-rank", String(number));
    button.setAttribute("aria-pressed", number ? "true" : "false");
    button.querySelector(".rank").textContent = number ? String(number) : "";
  }
  function ranked(box) {
    return all(".place", box).filter(rankOf).sort(function (one, other) { return rankOf(one) - rankOf(other); });
  }
  function press(box, button) {
    const before = ranked(box), gone = rankOf(button);
    if (gone) {
      rank(button, 0);
      before.filter(function (each) { return each !== button; }).forEach(function (each, at) { rank(each, at + 1); });
    } else {
      rank(button, before.length + 1);
    }
    tellOrder(box);
  }
  function tellOrder(box) {
    const letters = ranked(box).map(function (button) { return button.getAttribute("data-letter"); });
    box.querySelector(".order").textContent = letters.length ? say("order", { order: letters.join(" → ") }) : messages.no_order;
  }
  function parts(field) { /* the share of inputs that an answer fills; below 1 it is partly answered */
    const text = field.text;
    if (!text) { return 0; }
    if (field.type === "fill_in") {
      const blanks = text.split(SEPARATOR);
      return blanks.filter(Boolean).length / blanks.length;
    }
    if (field.type === "matching") { return text.split(";").length / all("select", field.box).length; }
    if (field.type === "ordering") { return text.split(",").length / all(".place", field.box).length; }
    return 1;
  }

  const fields = {};
  const questions = all(".question").map(function (section) {
    const question = { number: Number(section.getAttribute("data-number")), section: section, fields: [] };
    question.fields = all(".answer", section).map(function (box) {
      const field = {
        id: box.getAttribute("data-question"), type: box.getAttribute("data-type"), label: box.getAttribute("data-label"),
        box: box, question: question, text: "", known: 0, mark: "", edited: false,
      };
      fields[field.id] = field;
      return field;
    });
    return question;
  });

  /* ---- what this page remembers --------------------------------------------------------------------------------- */

  let kept = readKept();
  let state = "loading", active = true, handingIn = false, done = false;
  const held = {}; /* answers the server refused, by question, with its reason, until they are changed */

  function keep() { if (active && !done) { storage.write(storeKey, JSON.stringify(kept)); } }
  function waitingFields() { return Object.keys(kept.queue); }
  function unsent() { return waitingFields().filter(function (id) { return id in fields; }).length; }

  /* ---- messages -------------------------------------------------------------------------------------------------- */

  function announce(text) {
    const live = byId("live");
    live.textContent = live.textContent === text ? text + "\u00a0" : text;
  }
  function notice(text, name) {
    const box = byId("notices");
    const old = name ? box.querySelector('[data-name="' + name + '"]') : null;
    if (old) { box.removeChild(old); }
    if (!text) { return; }
    const shown = document.createElement("div"), line = document.createElement("p"), close = document.createElement("button");
    shown.className = "notice";
    shown.setAttribute("data-name", name || "");
    line.textContent = text;
    close.type = "button";
    close.textContent = messages.close;
    close.addEventListener("click", function () { if (shown.parentNode) { box.removeChild(shown); } });
    shown.appendChild(line);
    shown.appendChild(close);
    box.appendChild(shown);
    while (box.children.length > 3) { box.removeChild(box.firstChild); }
    announce(text);
  }
  function mark(field, name, text) {
    const place = field.box.querySelector(".mark");
    field.mark = name;
    place.className = "mark " + name;
    place.textContent = name === "saved" ? "✓ " + messages.saved : text || (name ? messages[name] : messages.unanswered);
    field.box.querySelector(".clear").hidden = !field.text;
  }
  let announcedSaved = 0;
  function savedNow(field) {
    mark(field, "saved");
    if (nowMs() - announcedSaved > 2500) { announcedSaved = nowMs(); announce(say("answer_saved", { label: field.label })); }
  }
  function tellLink() {
    const link = byId("link"), count = unsent();
    let text = "", kind = "";
    if (troubles) {
      text = count ? say("unsent", { count: count }) : messages.no_link;
      kind = "bad";
    } else if (count) {
      text = messages.saving;
    } else if (state === "open") {
      text = messages.all_saved;
      kind = "good";
    }
    link.className = "link " + kind + " needs-script";
    if (link.textContent !== text) { link.textContent = text; }
  }

  /* ---- overview and places ---------------------------------------------------------------------------------------- */

  function standing(question) {
    const shares = question.fields.map(parts);
    if (shares.every(function (share) { return share === 1; })) { return "answered"; }
    return shares.some(Boolean) ? "part" : "open";
  }
  function flagged(question) { return kept.flags.indexOf(question.number) >= 0; }
  function describe(question) {
    const name = { answered: "answered", part: "part_answered", open: "unanswered" }[standing(question)];
    return messages[name] + (flagged(question) ? "，" + messages.flagged : "");
  }
  function draw(question) {
    const link = document.querySelector('.overview a[data-number="' + question.number + '"]');
    const stands = standing(question), current = kept.mode === "one" && kept.at === question.number;
    link.className = [stands, flagged(question) ? "flagged" : "", current ? "current" : ""].join(" ").trim();
    link.querySelector(".sign").textContent =
      { answered: "✓", part: "…", open: "" }[stands] + (flagged(question) ? "⚑" : "");
    link.querySelector(".description").textContent = "，" + describe(question);
    if (current) { link.setAttribute("aria-current", "true"); } else { link.removeAttribute("aria-current"); }
    const button = question.section.querySelector(".flag");
    button.setAttribute("aria-pressed", flagged(question) ? "true" : "false");
    tellProgress();
  }
  function tellProgress() {
    const answered = questions.filter(function (question) { return standing(question) === "answered"; }).length;
    byId("progress").textContent = say("progress", { answered: answered, count: questions.length });
  }
  function drawAll() {
    document.body.classList.toggle("one", kept.mode === "one");
    document.body.classList.toggle("all", kept.mode !== "one");
    byId("view-mode").textContent = kept.mode === "one" ? messages.all : messages.one;
    questions.forEach(function (question) {
      question.section.classList.toggle("current", question.number === kept.at);
      draw(question);
    });
    all(".section").forEach(function (section) {
      section.classList.toggle("current", Boolean(section.querySelector(".question.current")));
    });
    byId("at").textContent = say("at", { number: kept.at, count: questions.length });
    byId("back").disabled = kept.at <= 1;
    byId("next").disabled = kept.at >= questions.length;
  }
  function go(number, quiet) {
    kept.at = Math.min(Math.max(number, 1), questions.length);
    keep();
    drawAll();
    if (quiet) { return; }
    const title = byId("q-" + kept.at + "-title");
    if (kept.mode === "one") { window.scrollTo(0, 0); } else { title.scrollIntoView(); }
    title.focus();
    if (narrow()) { openOverview(false); }
  }
  function narrow() { return window.innerWidth < 1024; }
  function openOverview(open) {
    byId("overview-list").setAttribute("data-open", open ? "yes" : "no");
    byId("overview-toggle").setAttribute("aria-expanded", open ? "true" : "false");
  }

  /* ---- saving -------------------------------------------------------------------------------------------------------- */

  let troubles = 0, inFlight = false, flushTimer = 0, firstUnsaved = 0, cutSince = 0, retryTimer = 0;

  function changed(field, rest) {
    const text = readers[field.type](field.box);
    tellTicked(field.box);
    if (text === field.text) { return; }
    field.text = text;
    field.edited = true;
    delete held[field.id];
    const queued = kept.queue[field.id];
    const version = Math.max(field.known, queued ? queued.version : 0) + 1;
    kept.queue[field.id] = { answer: text, version: version };
    keep();
    mark(field, troubles ? "kept" : "saving");
    draw(field.question);
    tellLink();
    flushSoon(rest);
  }
  function flushSoon(rest) {
    const now = nowMs();
    if (!firstUnsaved) { firstUnsaved = now; }
    clearTimeout(flushTimer);
    const most = endsAt !== null && endsAt - now < LAST_SECONDS ? TYPING_LAST : TYPING_MOST;
    flushTimer = setTimeout(flush, Math.max(0, Math.min(rest, firstUnsaved + most - now)));
  }
  function batch() {
    const found = [];
    let size = 0;
    waitingFields().some(function (id) {
      if (held[id]) { return false; }
      const entry = kept.queue[id];
      size += entry.answer.length + 60;
      if (found.length && (found.length >= MAX_ANSWERS || size > MAX_CHARACTERS)) { return true; }
      found.push({ question: id, answer: entry.answer, version: entry.version });
      return false;
    });
    return found;
  }
  function flush(keepalive) {
    clearTimeout(flushTimer);
    firstUnsaved = 0;
    const answers = batch();
    if (inFlight || handingIn || !active || done || !answers.length || SENDING.indexOf(state) < 0) { return; }
    inFlight = true;
    call("/api/answers", { answers: answers, tab: tab }, keepalive === true).then(function (found) {
      inFlight = false;
      reached();
      settle(found, answers);
      apply(found);
      pollSoon(); /* the reply to a save contains the state, too */
      if (batch().length) { flushSoon(found.stale && found.stale.length ? 300 : 30); }
    }, function (error) {
      inFlight = false;
      failed(error, answers);
    });
  }
  let outdated = false, leaving = false;
  function loadAnew() {
    const tries = Number(kept.tries || 0) + 1;
    if (tries > 3) { return; }
    kept.tries = tries;
    leaving = true;
    keep();
    location.reload();
  }
  function settle(found, sent) {
    kept.tries = 0;
    const texts = {};
    (sent || []).forEach(function (each) { texts[each.question] = each.answer; });
    (found.saved || []).forEach(function (each) { confirmed(each, "saved"); });
    (found.late || []).forEach(function (each) { confirmed(each, "late"); });
    (found.stale || []).forEach(function (each) {
      const entry = kept.queue[each.question], field = fields[each.question];
      if (!entry || !field) { return; }
      field.known = Math.max(field.known, each.version);
      if (entry.answer === each.answer) {
        delete kept.queue[each.question];
        savedNow(field);
      } else if (field.edited) { /* the candidate wrote this last: it wins */
        entry.version = field.known + 1;
      } else { /* an old answer of this device: the server has a newer one */
        delete kept.queue[each.question];
        field.text = each.answer;
        writers[field.type](field.box, each.answer);
        mark(field, each.answer ? "saved" : "");
        draw(field.question);
      }
    });
    keep();
    tellLink();
  }
  function confirmed(each, name) {
    const field = fields[each.question], entry = kept.queue[each.question];
    if (!field) { delete kept.queue[each.question]; return; }
    field.known = Math.max(field.known, each.version);
    if (entry && entry.version > each.version) { return; }
    delete kept.queue[each.question];
    if (name === "late") { lateOnes[each.question] = true; mark(field, "late"); return; }
    savedNow(field);
  }
  const lateOnes = {};

  function failed(error, answers) {
    if (error instanceof Refused && error.status === 401) { show("signed_out"); return; }
    if (error instanceof Refused && error.status === 422 && answers) { refuse(error, answers); return; }
    if (error instanceof Refused && (error.status === 403 || error.status === 409)) {
      outdated = error.status === 403; /* signed in again in another tab: this page's token is old */
      troubled(messages.busy);
      poll(1000, true);
      return;
    }
    troubled(error instanceof Refused ? messages.busy : messages.offline);
    waitingFields().forEach(function (id) { if (fields[id] && !held[id]) { mark(fields[id], "kept"); } });
    clearTimeout(retryTimer);
    retryTimer = setTimeout(retry, jittered(Math.min(15000, 1000 * Math.pow(2, Math.min(troubles, 4)))));
  }
  function retry() { if (batch().length) { flush(); } else { poll(0); } }
  function refuse(error, answers) {
    const named = error.body.question, problem = error.body.problem || "";
    const guilty = answers.filter(function (each) { return each.question === named; });
    (guilty.length ? guilty : answers.slice(0, 1)).forEach(function (each) {
      held[each.question] = problem;
      mark(fields[each.question], "refused", say("refused", { problem: problem }));
      announce(say("refused", { problem: problem }));
    });
    tellLink();
    if (batch().length) { flushSoon(300); }
  }
  function troubled(text) {
    if (!troubles) { cutSince = Date.now(); notice(text, "network"); }
    troubles += 1;
    tellLink();
  }
  function reached() {
    if (!troubles) { return; }
    troubles = 0;
    const seconds = Math.round((Date.now() - cutSince) / 1000);
    notice("", "network");
    announce(messages.online);
    if (seconds >= 2) { logged("offline", seconds, true); }
    tellLink();
  }

  /* ---- time and state --------------------------------------------------------------------------------------------------- */

  let endsAt = null, lastMinutes = Infinity, pollTimer = 0, over = false;

  function apply(found) {
    if (typeof found.left === "number") {
      const ends = found.sent + found.left * 1000;
      if (endsAt !== null && state === "open" && ends - endsAt > 30000) { notice(messages.extended, "time"); }
      endsAt = ends;
      lastMinutes = lastMinutes === Infinity ? found.left / 60 : lastMinutes;
      if (found.left > 1) { over = false; }
    } else if (found.left === null) {
      endsAt = null;
    }
    if (outdated && found.state === "open") { outdated = false; loadAnew(); return; }
    if (found.receipt) { kept.receipt = found.receipt; }
    if (found.state) { show(found.state); }
    tick();
  }
  function tick() {
    byId("clock-box").hidden = endsAt === null || state !== "open";
    if (endsAt === null || state !== "open") { return; }
    const left = Math.max(0, endsAt - nowMs()) / 1000;
    const whole = Math.ceil(left), minutes = left / 60;
    const two = function (number) { return (number < 10 ? "0" : "") + number; };
    const hours = Math.floor(whole / 3600);
    byId("clock").textContent =
      (hours ? hours + ":" : "") + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
    byId("clock-box").classList.toggle("short", minutes <= 5);
    REMIND.some(function (bound) {
      if (minutes <= bound && lastMinutes > bound && left > 0) {
        notice(bound === 1 ? messages.last_minute : say("left", { minutes: bound }), "time");
      }
      return false;
    });
    lastMinutes = minutes;
    if (left < 2 && batch().length && !inFlight) { flush(); }
    if (left <= 0 && !over) {
      over = true;
      changeAll();
      lock();
      notice(messages.time_up, "time");
      flush();
      poll(200);
    }
  }
  function lock() { byId("answers").disabled = true; }
  function unlock() { byId("answers").disabled = false; }

  function poll(wait, again) {
    clearTimeout(pollTimer);
    pollTimer = setTimeout(function () {
      call("/api/state").then(function (found) {
        reached();
        apply(found);
        if (again !== true && batch().length) { flush(); }
        pollSoon();
      }, function (error) {
        failed(error);
        pollSoon();
      });
    }, wait);
  }
  function pollSoon() {
    const name = over && state === "open" ? "ending" : state;
    clearTimeout(pollTimer);
    if (active && state !== "signed_out" && state !== "moved") { poll(jittered(POLL[name] || POLL.open)); }
  }

  const AWAY = ["waiting", "takeover", "paused", "submitted", "closed", "void", "moved", "signed_out", "passive"];

  function show(name) {
    if (!active && name !== "passive") { return; }
    if (name === "paused" && state === "open") { changeAll(); flush(); }
    if (name === state && name !== "closed" && name !== "submitted") { return; }
    const before = state;
    state = name;
    if (before !== "loading" && before !== name) { pollSoon(); }
    if (name === "open") { opened(before); return; }
    lock();
    byId("check").hidden = true;
    document.body.classList.add("away");
    byId("clock-box").hidden = true;
    fillState(name);
    if (before !== name) {
      byId("state").hidden = false;
      byId("state-title").focus();
      window.scrollTo(0, 0);
      announce(byId("state-title").textContent + "。" + byId("state-text").textContent);
    }
    if (name === "submitted") { finished(); }
    if (name === "closed" || name === "void") { finishedIfSent(); }
    tellLink();
  }
  function opened(before) {
    if (before === "submitted" || before === "closed" || before === "moved") { location.reload(); return; }
    byId("state").hidden = true;
    document.body.classList.remove("away");
    unlock();
    notice("", "network");
    if (before !== "loading") { announce(messages.go_on); go(kept.at); }
    tellLink();
    tick();
  }
  function fillState(name) {
    byId("state-title").textContent = messages[name + "_title"];
    byId("state-text").textContent = messages[name];
    const more = [], count = unsent(), late = Object.keys(lateOnes).length;
    if (name === "closed" && count) { more.push(say("closed_unsent", { count: count })); }
    if (late) { more.push(say("late_count", { count: late })); }
    byId("state-more").textContent = more.join(" ");
    const receipt = byId("state-receipt");
    receipt.hidden = !(name === "submitted" && kept.receipt);
    receipt.textContent = kept.receipt ? say("receipt", { receipt: kept.receipt }) : "";
    const feedback = byId("state-feedback");
    feedback.hidden = !(page.feedback && (name === "closed" || name === "submitted"));
    const button = byId("state-button");
    const does = { signed_out: ["sign_in", signIn], moved: ["sign_in", signIn], submitted: ["sign_out", signOut],
      closed: ["sign_out", signOut], passive: ["claim", claim] }[name];
    button.hidden = !does || (name === "closed" && count > 0);
    button.textContent = does ? messages[does[0]] : "";
    button.onclick = does ? does[1] : null;
  }
  function signIn() { location.href = base + "/"; }
  function signOut() {
    const form = document.createElement("form"), input = document.createElement("input");
    form.method = "post";
    form.action = base + "/sign-out";
    input.type = "hidden";
    input.name = "csrf";
    input.value = page.csrf;
    form.appendChild(input);
    document.body.appendChild(form);
    form.submit();
  }
  function finished() { /* after handing in, nothing stays on this device */
    if (done) { return; }
    done = true;
    storage.drop(storeKey);
    kept.queue = {};
    if (document.fullscreenElement) { document.exitFullscreen(); }
  }
  function finishedIfSent() { if (!batch().length) { storage.drop(storeKey); } else { flush(); } }

  function begin() { /* the page contains the state of when it was sent, which saves a request at the start */
    const found = page.now, navigation = window.performance && performance.getEntriesByType
      ? performance.getEntriesByType("navigation")[0] : null;
    if (!navigation) { load(); return; }
    found.sent = navigation.requestStart;
    loaded(found);
  }
  function loaded(found) {
    reached();
    take(found.answers || {});
    apply(found);
    pollSoon();
    flush();
    sendIncidents();
  }
  function load() {
    call("/api/state?answers=1").then(loaded, function (error) {
      if (error instanceof Refused && error.status === 401) { show("signed_out"); return; }
      troubled(error instanceof Refused ? messages.busy : messages.connecting);
      setTimeout(load, jittered(2000));
    });
  }
  function take(answers) {
    Object.keys(fields).forEach(function (id) {
      const field = fields[id], server = answers[id], queued = kept.queue[id];
      field.known = server ? server.version : 0;
      if (queued && queued.version <= field.known) { delete kept.queue[id]; }
      const shown = kept.queue[id] || server;
      field.text = shown ? shown.answer : "";
      field.edited = false;
      writers[field.type](field.box, field.text);
      field.text = readers[field.type](field.box);
      mark(field, kept.queue[id] ? "kept" : field.text ? "saved" : "");
    });
    Object.keys(kept.queue).forEach(function (id) { if (!(id in fields)) { delete kept.queue[id]; } });
    keep();
    drawAll();
    tellLink();
  }

  /* ---- one tab only --------------------------------------------------------------------------------------------------------- */

  const channel = window.BroadcastChannel ? new BroadcastChannel(storeKey) : null;

  function post(kind) {
    const message = { kind: kind, tab: tab };
    if (channel) { channel.postMessage(message); return; }
    storage.write(storeKey + ":tab", JSON.stringify(Object.assign({ at: Math.random() }, message)));
  }
  function heard(message) {
    if (!message || message.tab === tab || done) { return; }
    if (state === "signed_out" || state === "moved") {
      active = false; /* the new tab takes over what this page left in the storage */
    } else if (message.kind === "hello" && active) {
      post("here");
      logged("tabs", 0);
    } else if (message.kind === "here" && active && !claimed) {
      passive();
    } else if (message.kind === "claim" && active) {
      changeAll();
      passive();
    }
  }
  let claimed = false;
  function passive() {
    keep();
    active = false;
    show("passive");
    clearTimeout(pollTimer);
    clearTimeout(flushTimer);
    clearTimeout(retryTimer);
  }
  function claim() {
    active = true;
    claimed = true;
    post("claim");
    setTimeout(function () { /* by then the other tab has stored its last changes */
      kept = readKept();
      state = "loading";
      load();
    }, 150);
  }
  if (channel) {
    channel.onmessage = function (event) { heard(event.data); };
  } else {
    window.addEventListener("storage", function (event) {
      if (event.key === storeKey + ":tab" && event.newValue) { heard(JSON.parse(event.newValue)); }
    });
  }

  /* ---- incidents ------------------------------------------------------------------------------------------------ */

  function logged(kind, seconds, quiet) {
    if (state === "submitted" || state === "closed" || done) { return; }
    kept.incidents = kept.incidents.concat([{ kind: kind, seconds: Math.max(0, Math.round(seconds)) }]).slice(-50);
    keep();
    if (!quiet) { notice(say(kind, { seconds: Math.round(seconds) }), kind); }
    sendIncidents();
  }
  let sendingIncidents = false;
  function sendIncidents() {
    const sent = kept.incidents;
    if (!sent.length || sendingIncidents || !active || state === "loading") { return; }
    sendingIncidents = true;
    call("/api/incidents", { incidents: sent }).then(function () {
      sendingIncidents = false;
      kept.incidents = kept.incidents.slice(sent.length);
      keep();
    }, function () { sendingIncidents = false; });
  }
  let blurredAt = 0;
  function away() { if (!kept.away && state === "open" && active) { kept.away = Date.now(); keep(); } }
  function back() {
    if (!kept.away) { return; }
    const seconds = (Date.now() - kept.away) / 1000;
    kept.away = null;
    blurredAt = 0;
    keep();
    if (active && state === "open") { logged("hidden", seconds); }
  }
  document.addEventListener("visibilitychange", function () {
    if (document.hidden) {
      changeAll();
      flush(true);
      away();
    } else {
      back();
      if (active && !done) { poll(0); }
    }
  });
  window.addEventListener("blur", function () { if (!document.hidden && state === "open") { blurredAt = Date.now(); } });
  window.addEventListener("focus", function () {
    if (blurredAt && !kept.away && !document.hidden && state === "open") { logged("blur", (Date.now() - blurredAt) / 1000); }
    blurredAt = 0;
  });
  document.addEventListener("fullscreenchange", function () {
    const full = Boolean(document.fullscreenElement);
    byId("full-screen").textContent = full ? messages.leave_full_screen : messages.full_screen;
    if (!full && state === "open") { logged("fullscreen", 0); }
  });
  document.addEventListener("paste", function (event) {
    if (state === "open" && event.target && /^(INPUT|TEXTAREA)$/.test(event.target.tagName)) { logged("paste", 0); }
  });
  window.addEventListener("pagehide", function () { changeAll(); flush(true); });
  window.addEventListener("pageshow", function (event) { if (event.persisted) { location.reload(); } });
  window.addEventListener("online", function () { if (active && !done) { poll(0); } });
  window.addEventListener("beforeunload", function (event) {
    if (active && !done && !leaving && unsent() && (state === "open" || state === "closed")) { event.preventDefault(); event.returnValue = ""; }
  });

  /* ---- handing in --------------------------------------------------------------------------------------------------------------- */

  function check() {
    changeAll();
    flush();
    const open = questions.filter(function (question) { return standing(question) !== "answered"; });
    const marked = questions.filter(flagged);
    byId("check-open").textContent = open.length ? say("open_questions", { count: open.length }) : messages.nothing_open;
    list(byId("check-open-list"), open);
    byId("check-flagged").textContent = marked.length ? say("flagged_questions", { count: marked.length }) : "";
    list(byId("check-flagged-list"), marked);
    byId("check").hidden = false;
    document.body.classList.add("away");
    window.scrollTo(0, 0);
    byId("check-title").focus();
  }
  function list(place, found) {
    place.textContent = "";
    found.forEach(function (question) {
      const row = document.createElement("li"), link = document.createElement("a"), more = document.createElement("span");
      link.href = "#q-" + question.number;
      link.textContent = String(question.number);
      link.className = standing(question);
      more.className = "unseen";
      more.textContent = "，" + describe(question);
      link.appendChild(more);
      link.addEventListener("click", function (event) { event.preventDefault(); uncheck(question.number); });
      row.appendChild(link);
      place.appendChild(row);
    });
  }
  function uncheck(number) {
    if (handingIn) { return; }
    byId("check").hidden = true;
    document.body.classList.remove("away");
    go(number);
  }
  function handIn() {
    handingIn = true;
    byId("submit").disabled = byId("check-back").disabled = true;
    byId("check-unsent").textContent = messages.submitting;
    announce(messages.submitting);
    const answers = waitingFields().filter(function (id) { return !held[id]; }).map(function (id) {
      return { question: id, answer: kept.queue[id].answer, version: kept.queue[id].version };
    });
    call("/api/submit", { answers: answers }).then(function (found) {
      handingIn = false;
      settle(found, answers);
      apply(found);
      byId("submit").disabled = byId("check-back").disabled = false;
    }, function (error) {
      if (error instanceof Refused && error.status === 422) { refuse(error, answers); }
      if (error instanceof Refused && error.status === 401) { handingIn = false; show("signed_out"); return; }
      byId("check-unsent").textContent = messages.submit_failed;
      announce(messages.submit_failed);
      setTimeout(handIn, jittered(3000));
    });
  }

  /* ---- wiring ---------------------------------------------------------------------------------------------------------------------- */

  function fieldOf(target) {
    const box = target.closest ? target.closest(".answer") : null;
    return box ? fields[box.getAttribute("data-question")] : null;
  }
  function changeAll() {
    if (byId("answers").disabled) { return; }
    Object.keys(fields).forEach(function (id) { changed(fields[id], 0); });
  }
  byId("paper").addEventListener("input", function (event) {
    const field = fieldOf(event.target);
    const typed = event.target.tagName === "TEXTAREA" || event.target.type === "text";
    if (field) { changed(field, typed ? TYPING_REST : CHOICE_REST); }
  });
  byId("paper").addEventListener("change", function (event) {
    const field = fieldOf(event.target);
    if (field) { changed(field, CHOICE_REST); if (kept.queue[field.id]) { flushSoon(CHOICE_REST); } }
  });
  byId("paper").addEventListener("focusin", function (event) {
    const section = event.target.closest ? event.target.closest(".question") : null;
    const number = section ? Number(section.getAttribute("data-number")) : 0;
    if (number && kept.mode !== "one" && number !== kept.at) { go(number, true); }
  });
  byId("paper").addEventListener("submit", function (event) { event.preventDefault(); });
  byId("paper").addEventListener("click", function (event) {
    const button = event.target.closest ? event.target.closest("button") : null;
    if (!button) { return; }
    const field = fieldOf(button);
    if (button.classList.contains("place")) {
      press(field.box, button);
      changed(field, CHOICE_REST);
    } else if (button.classList.contains("clear")) {
      writers[field.type](field.box, "");
      changed(field, CHOICE_REST);
      const first = field.box.querySelector("input, select, textarea, .place");
      if (first) { first.focus(); }
    } else if (button.classList.contains("flag")) {
      flip(Number(button.closest(".question").getAttribute("data-number")));
    }
  });
  function flip(number) {
    const at = kept.flags.indexOf(number);
    kept.flags = at < 0 ? kept.flags.concat([number]) : kept.flags.filter(function (each) { return each !== number; });
    keep();
    draw(questions[number - 1]);
  }
  all(".overview a").forEach(function (link) {
    link.addEventListener("click", function (event) {
      event.preventDefault();
      go(Number(link.getAttribute("data-number")));
    });
  });
  byId("overview-toggle").addEventListener("click", function () {
    openOverview(byId("overview-list").getAttribute("data-open") === "no");
  });
  byId("view-mode").addEventListener("click", function () {
    kept.mode = kept.mode === "one" ? "all" : "one";
    keep();
    drawAll();
  });
  byId("back").addEventListener("click", function () { go(kept.at - 1); });
  byId("next").addEventListener("click", function () { go(kept.at + 1); });
  byId("finish").addEventListener("click", check);
  byId("check-back").addEventListener("click", function () { uncheck(kept.at); });
  byId("submit").addEventListener("click", handIn);
  if (document.fullscreenEnabled) {
    const full = byId("full-screen");
    full.hidden = false;
    full.textContent = messages.full_screen;
    full.addEventListener("click", function () {
      if (document.fullscreenElement) { document.exitFullscreen(); } else { document.documentElement.requestFullscreen(); }
    });
  }

  document.body.classList.add("away");
  byId("state-title").textContent = messages.connecting;
  byId("state").hidden = false;
  openOverview(!narrow());
  drawAll();
  post("hello");
  setInterval(tick, 500);
  if (kept.away) { /* the page was left and loaded again: the time away counts */
    const seconds = (Date.now() - kept.away) / 1000;
    kept.away = null;
    if (seconds > 3) { logged("hidden", seconds, true); }
  }
  begin();
}());
