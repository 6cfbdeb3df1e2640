// @ts-check
// The engine behind a server: POST api/REQUEST, and GET for what has no body.

/**
 * @param {string} request
 * @param {Object} body
 * @param {AbortSignal} [signal]
 */
export async function send(request, body, signal) {
  const reply = await fetch(`api/${request}`, options(request, body, signal));
  if (!(reply.headers.get("content-type") ?? "").includes("json")) {
    throw new Error(`${reply.status} ${reply.statusText}`);
  }
  return reply.json();
}

function options(request, body, signal) {
  if (request === "examples") return { signal };
  const headers = { "content-type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(body), signal };
}
