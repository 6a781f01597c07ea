"""Reads histograms.hlog with HdrHistogram's own reader: for each tag its count, of each metric its p99."""

import json
import sys

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader


def empty():
    """Thousandths of a millisecond up to an hour and more, as strata counts them."""
    return HdrHistogram(1, 2 * 3_600_000_000, 3)


tags, metrics = {}, {}
reader = HistogramLogReader(sys.argv[1], empty())
while histogram := reader.get_next_interval_histogram():
    tag = histogram.get_tag()
    tags[tag] = tags.get(tag, 0) + histogram.get_total_count()
    metrics.setdefault(tag.split(";")[0], empty()).add(histogram)
reader.close()
numbers = {
    metric: {
        "count": all.get_total_count(),
        "p99": all.get_value_at_percentile(99) / 1000,
        "max": all.get_max_value() / 1000,
    }
    for metric, all in metrics.items()
}
json.dump({"tags": tags, "metrics": numbers}, sys.stdout)
