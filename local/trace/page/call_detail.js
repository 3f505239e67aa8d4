// One call in full: its six stations, where it stopped, its tokens side by side, and its waterfall.

import { element, milliseconds } from "./elements.js";
import { tokenCards } from "./token_cards.js";

const STATES = {
  waiting: "not reached", running: "under way", ok: "done", kept: "from the cache", failed: "stopped here",
  unneeded: "not needed", challenged: "sign in first",
};
const TITLES = { "tools/call": "Tool", "resources/read": "Resource", "prompts/get": "Prompt" };

export function callDetail(place, call) {
  const wasShown = Number(place.dataset.number) === call.number;
  const open = new Set(wasShown ? [...place.querySelectorAll("details[open]")].map((each) => each.dataset.key) : []);
  place.dataset.number = call.number;
  place.hidden = false;
  place.replaceChildren(
    heading(call),
    stations(call),
    ...why(call),
    ...tokenCards(call.tokens, call.exchange),
    ...waterfall(call),
  );
  for (const each of place.querySelectorAll("details")) each.open = open.has(each.dataset.key);
}

function heading(call) {
  const kind = TITLES[call.method] ?? "Request to the MCP endpoint";
  const facts = [call.user ? `as ${call.user}` : "", milliseconds(call.ms)];
  return element("div", { class: "heading" },
    element("p", { class: "eyebrow" }, kind),
    element("h2", { id: "call-title" }, call.name),
    element("p", { class: "facts" }, facts.filter(Boolean).join(" · ")));
}

function firstFailure(call) {
  return call.stations.find((station) => station.state === "failed");
}

function stateOf(station, stopped) {
  return station.state === "failed" && station !== stopped ? "an error" : STATES[station.state];
}

function stations(call) {
  const stopped = firstFailure(call);
  return element("ol", { class: "stations", "aria-label": "The way of this call" }, call.stations.map((station) =>
    element("li", { "data-state": station.state, "data-key": station.key },
      element("span", { class: "sign", "aria-hidden": "true" }),
      element("h3", {}, station.title),
      element("p", { class: "state" }, stateOf(station, stopped)),
      element("p", {}, station.text))));
}

function why(call) {
  const stopped = firstFailure(call);
  if (!stopped || call.outcome === "ok" || call.outcome === "challenged") return [];
  const error = call.error ?? {};
  return [element("section", { class: "why", "aria-label": "Why it failed" },
    element("h3", {}, `Stopped at “${stopped.title}”`),
    element("p", {}, stopped.text),
    error.message && error.message !== stopped.text
      ? element("p", {}, "The client is told: ", element("q", {}, error.message)) : null,
    error.remedy ? element("p", {}, element("strong", {}, "What helps: "), error.remedy) : null,
    error.code ? element("p", { class: "code" }, [error.code, error.details?.entra_error].filter(Boolean).join(" · ")) : null)];
}

function waterfall(call) {
  if (!call.steps.length) return [];
  const ends = call.steps.map((step) => step.start_ms + (step.ms ?? 0));
  const whole = Math.max(call.ms ?? 0, ...ends, 1);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => element("span", {}, milliseconds(whole * part)));
  return [
    element("h3", { class: "part", id: "waterfall-title" }, "Where the time went"),
    element("div", { class: "ticks", "aria-hidden": "true" }, ticks),
    element("ol", { class: "waterfall", "aria-labelledby": "waterfall-title" },
      call.steps.map((step) => bar(step, whole))),
  ];
}

function bar(step, whole) {
  const width = step.ms === null ? whole - step.start_ms : step.ms;
  const drawn = element("span", { class: "bar", "data-place": step.place, "data-status": step.status });
  // Through the CSSOM, as the policy of the page allows no style in markup.
  drawn.style.setProperty("left", `${Math.min(99.5, (100 * step.start_ms) / whole)}%`);
  drawn.style.setProperty("width", `${Math.max(0.4, (100 * width) / whole)}%`);
  const row = element("li", { "data-status": step.status },
    element("span", { class: "step" },
      element("span", { class: "place", "data-place": step.place }, step.place_name),
      element("span", { class: "what" }, step.title),
      step.notes.map((note) => element("span", { class: "note" }, note))),
    element("span", { class: "track", "aria-hidden": "true" }, drawn),
    element("span", { class: "took" }, step.status === "kept" ? "cached" : milliseconds(step.ms)));
  row.style.setProperty("--depth", String(Math.min(step.depth, 4)));
  return row;
}
