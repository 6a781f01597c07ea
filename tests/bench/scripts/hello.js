// What `hello` does, for k6: one request, one check. With SLEEP, only a pause of that many seconds.
import http from 'k6/http';
import { check, sleep } from 'k6';

export default function () {
  if (__ENV.SLEEP) {
    sleep(Number(__ENV.SLEEP));
    return;
  }
  const answer = http.get(__ENV.URL);
  check(answer, { 'status is 200': (answer) => answer.status === 200 });
}
