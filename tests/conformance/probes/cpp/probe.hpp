/* What the files of the probe share. */
#pragma once

#include "strata.hpp"

constexpr strata::Metric COUNTER = strata::counter("probe_counter");
constexpr strata::Metric GAUGE = strata::gauge("probe_gauge");
constexpr strata::Metric RATE = strata::rate("probe_rate");
constexpr strata::Metric RANDOM = strata::trend("random");

/* One iteration in that mode; `iterations` counts those of this instance, from 1. */
strata::Result<> run_mode(std::string_view mode, const strata::Context &context, uint32_t iterations);

/* Modes that send. */
strata::Result<> send_everything();
strata::Result<> unicode();
strata::Result<> large();
strata::Result<> errors();
strata::Result<> uncaught();
strata::Result<> statuses();
strata::Result<> together();
strata::Result<> web();
strata::Result<> stream();
strata::Result<> share(const strata::Context &context);

/* Every function for `judge`, each answer a row. */
strata::Result<> judge_everything(strata::Finding finding);
