// Four calls that show what on-behalf-of is, one after the other.

import { element } from "./elements.js";

const STEPS = [
  {
    title: "Sign in and call",
    text: "Token A is exchanged for Token B.",
    user: "ana", tool: "get_user_context", anew: true,
  },
  {
    title: "Call again",
    text: "Token B is in the cache: no exchange.",
    user: "ana", tool: "get_user_context",
  },
  {
    title: "Be Dmitri",
    text: "He has not consented: Entra refuses.",
    user: "dmitri", tool: "graph_get_profile",
  },
  {
    title: "Let Graph answer 429",
    text: "The call stops at Graph, and says why.",
    user: "ana", tool: "graph_get_profile", fault: "graph-429",
  },
];

export function tour(form, faults) {
  const go = async (step) => {
    if (step.fault) await faults.change(step.fault, true);
    form.choose(step.user, step.tool);
    if (step.anew && !(await form.signIn())) return;
    await form.send();
  };
  return STEPS.map((step) =>
    element("li", {}, element("button", { type: "button", onclick: () => go(step) },
      element("strong", {}, step.title), element("span", {}, step.text))));
}
