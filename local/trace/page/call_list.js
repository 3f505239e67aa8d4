// The list of calls, newest first. One of them is chosen; until somebody chooses an older one, it is the newest.

import { byId, element, milliseconds } from "./elements.js";

const SHOWN = 6;
const OUTCOMES = {
  running: "running", ok: "ok", failed: "failed", refused: "refused", challenged: "sign in first",
};
const EXCHANGES = {
  made: "exchanged", kept: "cached, no exchange", failed: "exchange failed", none: "",
};

export class CallList {
  constructor(limit, show) {
    this.limit = limit;
    this.show = show;
    this.calls = new Map();
    this.rows = new Map();
    this.chosen = null;
    this.follows = true;
    byId("call-list").addEventListener("keydown", (event) => this.#move(event));
    byId("all-calls").addEventListener("click", () => this.#fold(byId("call-list").classList.contains("all")));
    this.#fold(true);
  }

  clear() {
    this.calls.clear();
    this.rows.clear();
    this.chosen = null;
    this.follows = true;
    byId("call-list").replaceChildren();
    byId("call").hidden = true;
    byId("all-calls").hidden = true;
    byId("no-calls").hidden = false;
  }

  update(call) {
    const before = this.calls.get(call.number);
    this.calls.set(call.number, call);
    if (!before) this.#add(call.number);
    this.rows.get(call.number).replaceChildren(...this.#words(call));
    this.rows.get(call.number).dataset.outcome = call.outcome;
    if (before?.outcome === "running" && call.outcome !== "running") this.#announce(call);
    if (this.follows && this.#leads(call)) this.choose(call.number);
    else if (call.number === this.chosen) this.show(call);
  }

  choose(number) {
    this.chosen = number;
    this.follows = this.#leads(this.calls.get(number));
    for (const [each, row] of this.rows) {
      row.tabIndex = each === number ? 0 : -1;
      if (each === number) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    this.show(this.calls.get(number));
  }

  // Whether it is newer than all others; a challenge, which only begins a sign-in, comes after every call.
  #leads(call) {
    const rank = (each) => (each.outcome === "challenged" ? each.number - 1e9 : each.number);
    return [...this.calls.values()].every((each) => rank(each) <= rank(call));
  }

  // Whether older calls are left out of sight.
  #fold(folded) {
    byId("call-list").classList.toggle("all", !folded);
    byId("all-calls").setAttribute("aria-expanded", String(!folded));
    byId("all-calls").textContent = folded ? "Show the older ones too" : "Show the newest only";
  }

  #newest() {
    return Math.max(...this.calls.keys());
  }

  #add(number) {
    byId("no-calls").hidden = true;
    const row = element("button", { type: "button", tabindex: -1, onclick: () => this.choose(number) });
    this.rows.set(number, row);
    const item = element("li", { "data-number": number }, row);
    const items = [...byId("call-list").children];
    const older = items.find((each) => Number(each.dataset.number) < number);
    byId("call-list").insertBefore(item, older ?? null);
    byId("all-calls").hidden = this.calls.size <= SHOWN;
    while (this.calls.size > this.limit) this.#drop(Math.min(...this.calls.keys()));
  }

  #drop(number) {
    this.rows.get(number).parentElement.remove();
    this.rows.delete(number);
    this.calls.delete(number);
    if (this.chosen === number && this.calls.size) this.choose(this.#newest());
  }

  #words(call) {
    const time = new Date(call.began * 1000).toLocaleTimeString("en-GB");
    const exchange = EXCHANGES[call.exchange];
    return [
      element("span", { class: "outcome", "data-outcome": call.outcome }, OUTCOMES[call.outcome]),
      element("span", { class: "name" }, call.name),
      element("span", { class: "who" }, call.user ?? "nobody yet"),
      exchange ? element("span", { class: "exchange", "data-exchange": call.exchange }, exchange) : null,
      element("span", { class: "when" }, `${time} · ${milliseconds(call.ms)}`),
    ].filter(Boolean);
  }

  #announce(call) {
    byId("announcer").textContent = `${call.name}, ${call.user ?? "nobody yet"}: ${OUTCOMES[call.outcome]}`;
  }

  #move(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const rows = [...byId("call-list").querySelectorAll("button")];
    const at = rows.indexOf(document.activeElement);
    if (at < 0) return;
    let to = null;
    if (event.key in steps) to = rows[at + steps[event.key]];
    if (event.key === "Home") to = rows[0];
    if (event.key === "End") to = rows.at(-1);
    if (!to) return;
    event.preventDefault();
    this.choose(Number(to.parentElement.dataset.number));
    to.focus();
  }
}
