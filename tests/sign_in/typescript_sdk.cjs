// Signs in with the TypeScript SDK as a client that nobody has registered, lists the tools and calls one.
//
// Usage: node typescript_sdk.cjs URL TOOL, with NODE_PATH where @modelcontextprotocol/sdk is, and BROWSER.
// Prints {"client_id", "scope", "refreshes", "tools": [names], "result"}.

const { spawn } = require("child_process");
const http = require("http");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");
const { UnauthorizedError } = require("@modelcontextprotocol/sdk/client/auth.js");

const [url, tool] = process.argv.slice(2);

class Provider {
  constructor(port) {
    this.redirectUrl = `http://127.0.0.1:${port}/callback`;
    this.clientMetadata = {
      client_name: "TypeScript SDK",
      redirect_uris: [this.redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
  }
  state() { return "a state of its own"; }
  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.saved; }
  saveTokens(tokens) { this.saved = tokens; }
  codeVerifier() { return this.verifier; }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  redirectToAuthorization(address) { this.address = address.toString(); }
}

async function main() {
  let answered;
  const answer = new Promise((resolve) => { answered = resolve; });
  const listener = http.createServer((request, response) => {
    answered(new URL(request.url, "http://127.0.0.1").searchParams);
    response.end("You can close this page.");
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const provider = new Provider(listener.address().port);
  const connect = async () => {
    const client = new Client({ name: "typescript-sdk", version: "1.0.0" });
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
    try {
      await client.connect(transport);
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      return { transport };
    }
    return { client, transport };
  };
  const first = await connect();
  if (first.client) throw new Error("The server asked for no sign-in.");
  const browser = spawn(process.env.BROWSER, [provider.address], { stdio: "inherit" });
  browser.on("exit", (status) => { if (status) process.exit(status); });
  const given = await answer;
  if (given.get("state") !== provider.state()) throw new Error("The state is another one.");
  await first.transport.finishAuth(given.get("code"));
  const { client } = await connect();
  const { tools } = await client.listTools();
  const result = await client.callTool({ name: tool, arguments: {} });
  await client.close();
  listener.close();
  process.stdout.write(JSON.stringify({
    client_id: provider.information.client_id,
    scope: provider.saved.scope,
    refreshes: Boolean(provider.saved.refresh_token),
    tools: tools.map((each) => each.name),
    result,
  }));
}

main().catch((error) => { console.error(error); process.exit(1); });
