// The page's side of MCP Apps (SEP-1865, 2026-01-26): JSON-RPC with the host, which is the page's parent.
//
// A page has `<main><h1>its title</h1><div id="content"></div></main>` and fills the content.
// `app.connect({name, result, cancelled})` begins. `result(outcome, input, isCurrent)` is called for every result
// of the tool that failed or has structured content; of others the text is shown. `input` is null where the host
// sent none, and `isCurrent()` is false once a newer result has come.
// An outcome is {isError, text, structured, meta, error: {code, message, remedy} or null, unknown: whether it is
// unknown if a change was made}.
"use strict";

const app = (() => {
  const PROTOCOL = "2026-01-26";
  const ERROR = "m365-devops-mcp/error";
  const CONFIRMATION = "m365-devops-mcp/confirmation";
  const PATIENCE_MS = 180_000;
  const HOSTS = [
    "dev.azure.com", "*.visualstudio.com",
    "outlook.office.com", "outlook.office365.com", "outlook.live.com", "outlook.office365.us",
    "outlook-dod.office365.us", "partner.outlook.cn",
    "*.sharepoint.com", "*.sharepoint.us", "*.sharepoint-mil.us", "*.sharepoint.cn",
    "teams.microsoft.com", "gov.teams.microsoft.us", "dod.teams.microsoft.us", "teams.microsoftonline.cn",
  ];
  const ATTRIBUTES = /^(aria-[a-z]+|class|colspan|dir|disabled|for|hidden|id|lang|max|maxlength|min|name|open|placeholder|readonly|role|rows|rowspan|scope|selected|tabindex|type|value)$/;

  const waiting = new Map();
  const context = {};
  let handlers = {};
  let lastId = 0;
  let input = null;
  let generation = 0;
  let writing = false;

  // ---------------------------------------------------------------- messages

  const post = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const notify = (method, params = {}) => post({ method, params });

  function request(method, params) {
    const id = ++lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.delete(id);
        reject(new Error("The client gave no answer."));
      }, PATIENCE_MS);
      waiting.set(id, { resolve, reject, timer });
      post({ id, method, params });
    });
  }

  function settle(message) {
    const asked = waiting.get(message.id);
    if (!asked) return;
    waiting.delete(message.id);
    clearTimeout(asked.timer);
    if (message.error) asked.reject(new Error(String(message.error.message || "The client refused.")));
    else asked.resolve(message.result || {});
  }

  const notifications = {
    "ui/notifications/tool-input": (params) => { input = params.arguments || {}; },
    "ui/notifications/tool-result": (params) => {
      const mine = ++generation;
      const outcome = outcomeOf(params);
      if (outcome.isError || outcome.structured) handlers.result(outcome, input, () => mine === generation);
      else show(document.getElementById("content"), el("p", { class: "text", dir: "auto" }, outcome.text));
    },
    "ui/notifications/tool-cancelled": (params) => {
      generation += 1;
      handlers.cancelled(typeof params.reason === "string" ? params.reason : "");
    },
    "ui/notifications/host-context-changed": adapt,
  };

  const answered = new Set(["ui/resource-teardown", "ping"]);

  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || !message || message.jsonrpc !== "2.0") return;
    if (typeof message.method !== "string") return settle(message);
    const params = message.params || {};
    if (message.id === undefined) {
      if (Object.hasOwn(notifications, message.method)) notifications[message.method](params);
    } else if (answered.has(message.method)) {
      post({ id: message.id, result: {} });
    } else {
      post({ id: message.id, error: { code: -32601, message: "Method not found" } });
    }
  });

  // ---------------------------------------------------------------- how it looks

  // Variables of the host are taken together or not at all: half of them could be black on black.
  function adapt(changed) {
    Object.assign(context, changed);
    const root = document.documentElement;
    if (context.theme === "light" || context.theme === "dark") root.style.colorScheme = context.theme;
    const variables = (changed.styles && changed.styles.variables) || {};
    if (!variables["--color-background-primary"] || !variables["--color-text-primary"]) return;
    for (const [name, value] of Object.entries(variables)) {
      if (/^--[a-z0-9-]+$/.test(name) && typeof value === "string" && !/url\s*\(/i.test(value)) {
        root.style.setProperty(name, value);
      }
    }
  }

  function tellSize() {
    const { width, height } = document.documentElement.getBoundingClientRect();
    notify("ui/notifications/size-changed", { width: Math.ceil(width), height: Math.max(1, Math.ceil(height)) });
  }

  // ---------------------------------------------------------------- tools

  function outcomeOf(result) {
    const meta = result._meta || {};
    const text = (Array.isArray(result.content) ? result.content : [])
      .filter((block) => block && block.type === "text" && typeof block.text === "string")
      .map((block) => block.text)
      .join("\n");
    const isError = result.isError === true;
    const code = /\(code: ([a-z_]+)/.exec(text);
    const error = meta[ERROR] || (isError ? { code: code ? code[1] : "", message: text, remedy: "" } : null);
    const unknown = Boolean(error && error.details && error.details.outcome === "unknown");
    return { isError, text, structured: result.structuredContent || null, meta, error, unknown };
  }

  function failed(message, unknown) {
    const error = { code: "", message, remedy: "" };
    return { isError: true, text: message, structured: null, meta: {}, error, unknown };
  }

  /** The outcome of a tool of this server. */
  async function call(name, args) {
    try {
      return outcomeOf(await request("tools/call", { name, arguments: args }));
    } catch (error) {
      return failed(error.message, true);
    }
  }

  async function alone(work) {
    if (writing) return null;
    writing = true;
    try {
      return await work();
    } finally {
      writing = false;
    }
  }

  /** Whether the server asks a person to confirm what an outcome describes, and sent what that takes. */
  const confirmationOf = (outcome) => {
    const asks = outcome.structured && outcome.structured.status === "waiting_for_confirmation";
    const confirmation = outcome.meta[CONFIRMATION];
    return asks && typeof confirmation === "string" ? confirmation : null;
  };

  async function confirmed(confirmation) {
    const outcome = await call("confirm_write", { confirmation });
    const whole = outcome.structured;
    return whole && whole.result ? { ...outcome, structured: whole.result } : outcome;
  }

  /**
   * The outcome of a change which a person made by pressing a button that shows exactly what it does; where the
   * server asks for a confirmation, that press is it. Null, and nothing sent, while another change is under way.
   */
  const write = (name, args) => alone(async () => {
    const outcome = await call(name, args);
    const confirmation = confirmationOf(outcome);
    return confirmation && outcome.structured.tool === name ? confirmed(confirmation) : outcome;
  });

  /** The outcome of a change that waits for a person, who has pressed; null as in `write`. */
  const confirm = (confirmation) => alone(() => confirmed(confirmation));

  // ---------------------------------------------------------------- links

  function canOpen(address) {
    if (typeof address !== "string" || !URL.canParse(address)) return false;
    const url = new URL(address);
    if (url.protocol !== "https:" || url.username || url.password || url.port) return false;
    return HOSTS.some((host) => (host.startsWith("*.") ? url.hostname.endsWith(host.slice(1)) : url.hostname === host));
  }

  /** Whether the host opened a web address; it is asked for places of Microsoft 365 and Azure DevOps alone. */
  async function openLink(address) {
    if (!canOpen(address)) return false;
    try {
      return (await request("ui/open-link", { url: new URL(address).href })).isError !== true;
    } catch {
      return false;
    }
  }

  /** A button that opens an address, or null for an address that is not opened; shows it if the host does not. */
  function link(label, address) {
    if (!canOpen(address)) return null;
    const place = el("span", { class: "link" });
    const press = async () => {
      if (!(await openLink(address))) place.replaceChildren(el("span", { class: "soft" }, address));
    };
    place.append(el("button", { type: "button", class: "plain", press }, label));
    return place;
  }

  // ---------------------------------------------------------------- elements

  /** A new element. Attributes are of a fixed list; `press` is what a click does; strings become text. */
  function el(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key === "press") element.addEventListener("click", value);
      else if (ATTRIBUTES.test(key)) element.setAttribute(key, value === true ? "" : String(value));
      else throw new Error(`No attribute for pages: ${key}`);
    }
    element.append(...nodes(children));
    return element;
  }

  const nodes = (children) =>
    children.flat(9).filter((each) => each !== null && each !== undefined && each !== false)
      .map((each) => (each instanceof Node ? each : document.createTextNode(String(each))));

  /** Puts these nodes in place of what is in an element. */
  const show = (element, ...children) => element.replaceChildren(...nodes(children));

  /** Text by others, set apart from the direction of writing around it. */
  const said = (text) => el("bdi", {}, text === null || text === undefined ? "" : text);

  /** A failure as text, for people and screen readers. */
  function problem(outcome, title = "That did not work") {
    const lines = [outcome.error && outcome.error.message, outcome.error && outcome.error.remedy].filter(Boolean);
    return el("div", { class: "note danger", role: "alert" }, el("strong", {}, title),
      (lines.length ? lines : [outcome.text || "The server gave no reason."]).map((line) => el("p", {}, said(line))),
      outcome.unknown && el("p", {}, "It is not known whether it was done. Check before you repeat it."));
  }

  // ---------------------------------------------------------------- times, in the zone the server gave them in

  const wall = (iso) => new Date(`${String(iso).slice(0, 16)}Z`);
  const written = (iso, options) => {
    const date = wall(iso);
    return isNaN(date) ? String(iso) : date.toLocaleString("en-GB", { timeZone: "UTC", ...options });
  };
  /** The day of a time: Tue 1 Dec 2026. */
  const dayOf = (iso) => written(iso, { weekday: "short", day: "numeric", month: "short", year: "numeric" }).replace(",", "");
  /** The time of day of a time: 09:30. */
  const clockOf = (iso) => written(iso, { hour: "2-digit", minute: "2-digit" });
  /** The offset of a time from UTC: UTC+01:00. */
  const offsetOf = (iso) => {
    const offset = /([+-]\d\d:\d\d)$/.exec(String(iso));
    return !offset || offset[1] === "+00:00" ? "UTC" : `UTC${offset[1]}`;
  };

  // ---------------------------------------------------------------- begin

  async function connect({ name, result, cancelled }) {
    const content = document.getElementById("content");
    const stopped = (reason) => show(content, el("p", { role: "status" }, "This was cancelled. ", reason && said(reason)));
    handlers = { result, cancelled: cancelled || stopped };
    const asked = { protocolVersion: PROTOCOL, appInfo: { name, version: "1" }, appCapabilities: { availableDisplayModes: ["inline"] } };
    try {
      const answer = await request("ui/initialize", asked);
      adapt(answer.hostContext || {});
    } catch (error) {
      show(content, problem(failed(error.message, false), "The client did not open this page"));
      return;
    }
    notify("ui/notifications/initialized");
    new ResizeObserver(tellSize).observe(document.documentElement);
  }

  return Object.freeze({
    connect, call, write, confirm, confirmationOf, canOpen, openLink, link, el, show, said, problem, dayOf, clockOf, offsetOf,
  });
})();
