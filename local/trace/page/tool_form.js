// Who calls which tool with which arguments, and what came back.

import { argumentsOf, fieldsOf } from "./fields.js";
import { ask, byId, element } from "./elements.js";

const GROUPS = [["graph_", "Microsoft 365"], ["sharepoint_", "SharePoint"], ["devops_", "Azure DevOps"], ["", "Both"]];
const FIRST = "get_user_context";

export class ToolForm {
  constructor(users) {
    this.users = users;
    this.tools = [];
    this.fields = [];
    byId("user").append(...users.map((user) => element("option", { value: user.alias }, `${user.name}, ${user.title}`)));
    byId("user").addEventListener("change", () => this.#showUser());
    byId("tool").addEventListener("change", () => this.#showTool());
    byId("sign-in").addEventListener("click", () => this.signIn());
    byId("call-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.#showUser();
  }

  get user() {
    return byId("user").value;
  }

  async load() {
    try {
      this.tools = await ask(`/api/tools?user=${encodeURIComponent(this.user)}`);
    } catch (error) {
      this.#say(`The tools cannot be listed: ${error.message}`, "failed");
      return;
    }
    const groups = GROUPS.map(([prefix, label]) => [prefix, element("optgroup", { label })]);
    for (const tool of this.tools) {
      const [, group] = groups.find(([prefix]) => tool.name.startsWith(prefix));
      group.append(element("option", { value: tool.name }, tool.writes ? `${tool.name}  (writes)` : tool.name));
    }
    byId("tool").replaceChildren(...groups.map(([, group]) => group).filter((group) => group.children.length));
    this.choose(this.user, FIRST);
  }

  choose(user, tool) {
    byId("user").value = user;
    this.#showUser();
    byId("tool").value = tool;
    this.#showTool();
  }

  async signIn() {
    const status = byId("sign-in-status");
    status.textContent = "Signing in …";
    try {
      await ask("/api/sign-in", { user: this.user });
      status.textContent = "A new Token A: the next call needs an exchange.";
      return true;
    } catch (error) {
      status.textContent = `The sign-in failed: ${error.message}`;
      return false;
    }
  }

  async send() {
    const button = byId("send");
    const given = argumentsOf(this.fields);
    if (!given || button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    this.#say("Calling …", "running");
    try {
      const result = await ask("/api/calls", { user: this.user, tool: byId("tool").value, arguments: given });
      this.#say(result.failed ? "The tool failed." : "The tool succeeded.", result.failed ? "failed" : "ok", result);
    } catch (error) {
      this.#say(`There is no result: ${error.message}`, "failed");
    } finally {
      button.removeAttribute("aria-disabled");
    }
  }

  #showUser() {
    const user = this.users.find((each) => each.alias === this.user);
    byId("user-note").textContent = user.note;
    byId("send").textContent = `Call as ${user.name}`;
    byId("sign-in-status").textContent = "";
  }

  #showTool() {
    const tool = this.tools.find((each) => each.name === byId("tool").value);
    if (!tool) return;
    byId("tool-kind").textContent = { true: "Writes: it changes something", false: "Reads only" }[tool.writes] ?? "";
    byId("tool-kind").dataset.writes = tool.writes;
    byId("tool-note").textContent = tool.description;
    this.fields = fieldsOf(tool.schema);
    byId("fields").replaceChildren(...this.fields.map((field) => field.element));
    byId("result").hidden = true;
  }

  #say(status, outcome, result = {}) {
    byId("result").hidden = false;
    byId("result-status").textContent = status;
    byId("result-status").dataset.outcome = outcome;
    byId("result-text").hidden = !result.text;
    byId("result-text").textContent = result.text ?? "";
    byId("result-json").hidden = !result.structured;
    byId("result-json").querySelector("pre").textContent = JSON.stringify(result.structured ?? null, null, 2);
  }
}
