// The merged results of the run so far, for `judge`.

import * as engine from "#engine";

import { raised } from "./failure.js";
import { early, live } from "./stage.js";

function asked(call) {
  if (!live()) early("results");
  try {
    return call();
  } catch (thrown) {
    throw raised(thrown);
  }
}

const points = (pairs) => pairs.map(([x, y]) => ({ x, y }));

export const results = {
  stat: (selector, aggregate) => asked(() => engine.results.stat(selector, aggregate) ?? undefined),
  values: (selector, tag) => asked(() => engine.results.values(selector, tag)),
  fitLinear: (pairs) => asked(() => engine.results.fitLinear(points(pairs))),
  fitUsl: (pairs) =>
    asked(() => {
      const law = engine.results.fitUsl(points(pairs));
      return { ...law, peak: law.peak ?? undefined };
    }),
};
