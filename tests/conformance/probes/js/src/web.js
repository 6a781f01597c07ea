// Mode `web`: redirects, cookies, encodings, authorization and forms.

import { check, http } from "strata";

import { code } from "./judging.js";

export function web() {
  redirects();
  cookies();
  encodings();
  authorization();
  forms();
}

function redirects() {
  const name = "redirect";
  const followed = http.send({ url: "/redirect/3", name });
  check("redirects are followed", followed.status === 200 && followed.text().trim() === "ok");
  const first = http.get("/redirect/3", { name, redirects: 0 });
  check("a redirect can be an answer", first.status === 302);
  check("headers of a kept answer", Object.fromEntries(first.headers()).location === "/redirect/2");
  check("the last one is given", http.get("/redirect/3", { name, redirects: 2 }).header("location") === "/redirect/0");
  check("see other is a GET", http.post("/see-other", "x", { name: "see-other" }).text() === "GET");
  check("a redirect leads only where it may", code(() => http.get("/away", { name: "away" })) === "host-not-allowed");
  const answers = http.sendAll([{ url: "/redirect/1", name }, { url: "/cookies", name: "cookies" }]);
  check("redirects of several", answers.every((answer) => answer.status === 200));
}

function cookies() {
  http.clearCookies();
  const sent = (options) => http.get("/cookies", { name: "cookies", ...options }).text();
  check("a jar can be emptied", sent() === "");
  http.get("/set-cookie/a/1", { name: "set-cookie" });
  http.setCookie("/", "b=2; Path=/cookies");
  check("cookies are sent", sent() === "b=2; a=1");
  check("cookies can be read", JSON.stringify(http.cookies("/")) === '[["a","1"]]');
  check("a request without cookies", sent({ cookies: false }) === "");
  check("a request with its own", sent({ headers: { cookie: "own=1" } }) === "own=1");
  const other = code(() => http.setCookie("/", "c=1; Domain=example.com"));
  check("a cookie of another is refused", other === "bad-request");
  http.clearCookies();
}

function encodings() {
  const name = "gzip";
  check("compression is not asked for", http.get("/gzip", { name }).header("content-encoding") === undefined);
  const decoded = http.get("/gzip", { name, compression: "gzip" });
  check("gzip is decoded", decoded.text() === "hello, world\n" && decoded.length === 13);
  const coded = http.send({ url: "/gzip", name, compression: ["gzip"], keepEncoded: true });
  check("or left as it came", coded.body[0] === 0x1f && coded.body[1] === 0x8b);
  check("bad-encoding", code(() => http.get("/coded", { name: "coded" })) === "bad-encoding");
}

function authorization() {
  const sent = (options) => http.get("/authorization", { name: "authorization", ...options }).text();
  check("basic authorization", sent({ basicAuth: ["Aladdin", "open sesame"] }) === "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  check("bearer authorization", sent({ bearerAuth: "token" }) === "Bearer token");
  check("one of them", code(() => sent({ basicAuth: ["a", "b"], bearerAuth: "c" })) === "bad-request");
}

function forms() {
  const sent = (options) => http.post("/echo", undefined, { name: "echo", ...options });
  const form = sent({ form: { user: "me & you", n: 1 } });
  check("a form", form.text() === "user=me+%26+you&n=1");
  check("the kind of a form", form.header("content-type") === "application/x-www-form-urlencoded");
  const parts = sent({ multipart: { a: "1", f: http.file("content", "f.txt", "text/plain") } });
  check("parts of a form", parts.text().includes('filename="f.txt"\r\ncontent-type: text/plain\r\n\r\ncontent\r\n--'));
  check("a body from setup", sent({ bodyFromSetup: true }).text() === "from setup");
  check("a part of it", sent({ bodyFromSetup: [5, 10] }).text() === "setup");
  const beyond = code(() => http.prepare({ method: "POST", url: "/echo", bodyFromSetup: [5, 11] }));
  check("no more than there is", beyond === "bad-request");
}
