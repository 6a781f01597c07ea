// The names that iterations use, before any other code.
//
// QuickJS counts references to a name beside its text, and what is parsed together lies together. So the counting writes to
// a few pages of a virtual user's memory and not to one page for each name; the other pages stay everybody's.

globalThis[Symbol.for("strata.names")] = () => ({
  // Requests.
  method: 0, url: 0, headers: 0, body: 0, name: 0, value: 0, timeout: 0, timeoutMs: 0, options: 0,
  json: 0, form: 0, multipart: 0, "the request": 0,
  // Answers.
  status: 0, length: 0, timings: 0, index: 0, header: 0, text: 0, tag: 0, val: 0,
  blocked: 0, dns: 0, connecting: 0, tls: 0, sending: 0, waiting: 0, receiving: 0, duration: 0,
  // Functions.
  prepare: 0, send: 0, sendWith: 0, add: 0, addTagged: 0, start: 0, iteration: 0,
  // The iteration's context.
  vu: 0, stage: 0, scenario: 0,
});
