// The tokens of a call side by side: header and claims, which is all the page knows of them.

import { element } from "./elements.js";

const SCOPES_SHOWN = 6;
const SOURCES = {
  client: "sent by the client", exchanged: "issued in this call", kept: "issued before, from the cache",
};
const TITLES = {
  a: () => "Token A, for this server",
  b: (token) => `Token B, for ${token.service}`,
  assertion: () => "The app’s credential: the managed identity’s token, for Entra",
};
const ROWS = [
  ["Issued by", "iss"],
  ["Presented by", "azp", "appid"],
  ["About", "name", "oid"],
  ["Subject", "sub"],
  ["Version", "ver"],
];

export function tokenCards(tokens, exchange) {
  if (!tokens.length) return [];
  const differ = new Set(tokens.filter((each) => each.role !== "assertion").map((each) => each.claims.aud)).size > 1;
  return [
    element("h3", { class: "part" }, "The tokens, side by side"),
    differ ? element("p", { class: "lesson" },
      "The audiences differ: what is good for the server is no good for the API, and the other way round.") : null,
    element("div", { class: "tokens", "data-exchange": exchange }, [...tokens.map(card), ...missing(tokens, exchange)]),
  ].filter(Boolean);
}

// In the place of Token B, where Entra gave none.
function missing(tokens, exchange) {
  if (exchange !== "failed" || tokens.some((each) => each.role === "b")) return [];
  return [element("section", { class: "token none", "data-role": "b", "aria-label": "Token B: none" },
    element("h4", {}, "No Token B", element("small", {}, "the exchange failed, so no API was asked")))];
}

function card(token, index) {
  const { claims, header } = token;
  const rows = ROWS.flatMap(([label, ...names]) => {
    const name = names.find((each) => claims[each] !== undefined);
    return name ? [pair(label, name, text(claims[name]))] : [];
  });
  const title = TITLES[token.role](token);
  return element("section", { class: "token", "data-role": token.role, "aria-label": title },
    element("h4", {}, title, element("small", {}, SOURCES[token.source])),
    element("dl", {},
      pair("Audience", "aud", text(claims.aud), "audience"),
      scopes(claims.scp, index),
      ...rows,
      pair("Valid", "nbf, exp", validity(claims.nbf, claims.exp))),
    element("details", { "data-key": `claims-${index}` },
      element("summary", {}, "Header and all claims"),
      element("pre", { role: "group", tabindex: 0, "aria-label": `${title}: header and claims` },
        JSON.stringify({ header, claims }, null, 2))));
}

function pair(label, claim, value, kind = "") {
  return element("div", { class: kind },
    element("dt", {}, label, " ", element("code", {}, claim)), element("dd", {}, value));
}

function scopes(scp, index) {
  if (scp === undefined) {
    return pair("Scopes", "scp", "none: the token of an app, not of a user");
  }
  const names = String(scp).split(" ").filter(Boolean);
  const chips = (some) => element("ul", { class: "chips" }, some.map((name) => element("li", {}, name)));
  const more = names.slice(SCOPES_SHOWN);
  return element("div", {},
    element("dt", {}, "Scopes ", element("code", {}, "scp")),
    element("dd", {}, chips(names.slice(0, SCOPES_SHOWN)),
      more.length ? element("details", { "data-key": `scopes-${index}` },
        element("summary", {}, `${more.length} more`), chips(more)) : null));
}

function text(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function validity(begins, ends) {
  if (typeof begins !== "number" || typeof ends !== "number") return "not stated";
  const minutes = Math.round((ends - begins) / 60);
  const long = minutes > 180 ? `${Math.round(minutes / 60)} hours` : `${minutes} minutes`;
  return `from ${new Date(begins * 1000).toLocaleTimeString("en-GB")} for ${long}`;
}
