// Connects the parts of the page with the stream of events.

import { CallList } from "./call_list.js";
import { callDetail } from "./call_detail.js";
import { ask, byId } from "./elements.js";
import { Faults } from "./faults.js";
import { ToolForm } from "./tool_form.js";
import { tour } from "./tour.js";

const tenant = await ask("/api/tenant");
byId("tenant").textContent = `The local tenant of ${tenant.name}`;
byId("mcp-url").textContent = tenant.mcp_url;

const list = new CallList(tenant.limit, (call) => callDetail(byId("call"), call));
const form = new ToolForm(tenant.users);
const faults = new Faults(() => form.user);
byId("tour").append(...tour(form, faults));
byId("forget").addEventListener("click", () => ask("/api/forget", {}));

function live(state, text) {
  byId("live").dataset.state = state;
  byId("live").textContent = text;
}

const stream = new EventSource("/events");
stream.addEventListener("open", () => live("live", "Live"));
stream.addEventListener("error", () => live("lost", "Not connected: is the tenant running?"));
stream.addEventListener("call", (event) => list.update(JSON.parse(event.data)));
stream.addEventListener("faults", (event) => faults.show(JSON.parse(event.data)));
stream.addEventListener("forgotten", () => list.clear());

await form.load();
