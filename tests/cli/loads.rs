//! Load models: what each of k6's executors sends, from the command line and from a phase file.

use std::time::Duration;

use strata_support::{Server, committed, probe};

use super::{phase, run, target};

#[test]
fn every_executor_can_be_asked_for_on_the_command_line() {
    let target = target();
    // Those of an open load are exact; where time is what bounds a load, its number is the target's.
    for (load, count, words) in [
        ("constant-vus --vus 2 --duration 400ms", None, "2 VUs for 400ms"),
        ("per-vu-iterations --vus 3 --iterations 4", Some(12), "4 iterations for each of 3 VUs"),
        ("shared-iterations --vus 2 --iterations 7", Some(7), "7 iterations shared by 2 VUs"),
        ("ramping-vus --vus 1 --stage 300ms:3 --stage 200ms:0", None, "1 → 3 → 0 VUs in 500ms"),
        ("constant-arrival-rate --rate 100 --duration 1s --vus 50", Some(100), "100/s for 1s, up to 50 VUs"),
        (
            "constant-arrival-rate --rate 600 --time-unit 1m --duration 1s --vus 50",
            Some(10),
            "600/m for 1s, up to 50 VUs",
        ),
        (
            "ramping-arrival-rate --rate 0 --stage 1s:100 --stage 1s:0 --vus 9 --max-vus 50",
            Some(100),
            "0 → 100 → 0/s for 2s, up to 50 VUs",
        ),
    ] {
        target.reset();
        let ended = run(&committed("hello"), &target.url(), &format!("--executor {load}")).run();
        let ended = ended.says([words]);
        let arrived = target.arrivals().count;
        assert_eq!(ended.count("iterations"), arrived, "{load}");
        assert_eq!(ended.count("http_reqs"), arrived, "{load}");
        match count {
            // A machine that is busy elsewhere may leave no VU free: then it was dropped, and says so.
            Some(count) => assert_eq!(arrived + ended.count("dropped_iterations"), count, "{load}"),
            None => assert!(arrived > 10, "{arrived} of {load}"),
        }
        assert_eq!(ended.code, if ended.validity().0 == "INVALID" { 111 } else { 0 }, "{}", ended.stderr);
    }
}

#[test]
fn every_executor_can_be_asked_for_in_a_phase_file() {
    let target = target();
    let layers: String = [
        ("constant-vus", "vus = 2\nduration = \"400ms\""),
        ("per-vu-iterations", "vus = 3\niterations = 4"),
        ("shared-iterations", "vus = 2\niterations = 7"),
        ("ramping-vus", "vus = 1\nramps = [\"300ms:3\", \"200ms:0\"]\ngraceful-ramp-down = \"1s\""),
        ("constant-arrival-rate", "vus = 50\nrate = 6000\ntime-unit = \"1m\"\nduration = \"1s\""),
        ("ramping-arrival-rate", "vus = 9\nmax-vus = 50\nrate = 0\nramps = [\"1s:100\", \"0s:10\", \"1s:10\"]"),
    ]
    .iter()
    .map(|(executor, parameters)| {
        format!(
            "[[layer]]\nscenario = \"hello.wasm\"\nname = \"{executor}\"\nenv = {{ path = \"/health?{executor}\" }}\n\
             [[layer.stage]]\nname = \"main\"\nexecutor = \"{executor}\"\n{parameters}\n"
        )
    })
    .collect();
    let ended = phase(&target.url(), &layers, "").run();
    let arrivals = target.arrivals();
    let of = |executor: &str| arrivals.by_path.get(&format!("GET /health?{executor}")).copied().unwrap_or(0);
    let counted = |metric: &str, executor: &str| {
        let count = ended.tagged(metric, &[["scenario", executor]]);
        count.map_or(0, |count| count["count"].as_f64().expect("a count") as u64)
    };
    for (executor, count) in [
        ("constant-vus", None),
        ("per-vu-iterations", Some(12)),
        ("shared-iterations", Some(7)),
        ("ramping-vus", None),
        ("constant-arrival-rate", Some(100)),
        ("ramping-arrival-rate", Some(60)),
    ] {
        assert_eq!(of(executor), counted("iterations", executor), "{executor}");
        match count {
            Some(count) => {
                assert_eq!(of(executor) + counted("dropped_iterations", executor), count, "{executor}");
            }
            None => assert!(of(executor) > 10, "{executor}"),
        }
    }
    assert_eq!(ended.count("http_reqs"), arrivals.count);
}

#[test]
fn what_finds_no_free_user_is_dropped_and_never_sent() {
    let server = Server::slow(Duration::from_millis(200));
    let load = "--executor constant-arrival-rate --rate 100 --duration 1s --vus 2";
    let ended = run(&committed("hello"), &server.url(), load).run().with(111);
    let (done, dropped) = (ended.count("iterations"), ended.count("dropped_iterations"));
    assert_eq!(done + dropped, 100);
    assert_eq!(server.count(), done);
    // Two users do ten iterations in a second at most, and begin two more at its end.
    assert!((2..=12).contains(&done), "{done}");
    assert_eq!(server.connections(), 2);
    let ended = ended.says(["dropped", "dropped_iterations", "raise `max-vus`"]);
    assert!(ended.report().contains("dropped, all VUs being busy"), "{}", ended.report());
}

#[test]
fn more_users_are_made_ready_one_by_one_up_to_the_most() {
    let server = Server::slow(Duration::from_millis(200));
    let load = "--executor constant-arrival-rate --rate 50 --duration 3s --vus 1 --max-vus 40";
    let ended = run(&committed("hello"), &server.url(), load).run();
    let (done, dropped) = (ended.count("iterations"), ended.count("dropped_iterations"));
    assert_eq!((done + dropped, server.count()), (150, done));
    // Ten are needed, and each but the first cost an arrival that came before it was there.
    let used = server.connections() as u64;
    assert!((9..=40).contains(&used), "{used} users were used");
    assert!(dropped >= used - 1, "{dropped} dropped for {used} users");
    let most = ended.number("vus", "max") as u64;
    assert!((used..=40).contains(&most), "{most} users ran, {used} were used");
    assert_eq!(ended.number("vus_max", "max"), 40.0);

    let few = "--executor constant-arrival-rate --rate 50 --duration 2s --vus 1 --max-vus 3";
    let server = Server::slow(Duration::from_millis(200));
    let ended = run(&committed("hello"), &server.url(), few).run().with(111);
    assert_eq!(server.connections(), 3);
    assert_eq!(ended.number("vus", "max"), 3.0);
    assert_eq!(ended.count("iterations") + ended.count("dropped_iterations"), 100);
}

#[test]
fn users_come_and_go_as_a_ramp_says() {
    let target = target();
    let load = "--env mode=sleep --env ms=20 --vus 1 --stage 900ms:4 --stage 1300ms:4 --stage 900ms:1";
    let ended = run(probe(), &target.url(), load).run().with(0);
    assert_eq!((ended.number("vus", "max"), ended.number("vus_max", "max")), (4.0, 4.0));
    assert!(ended.number("vus", "med") < 4.0, "the newest is on the way down");
    assert_eq!(ended.count("iterations_interrupted"), 0);
    assert_eq!(ended.count("dropped_iterations"), 0);
}

#[test]
fn what_a_ramp_takes_away_may_end_within_its_grace_and_is_cut_off_after_it() {
    let target = target();
    let run = |grace: &str| {
        let layers = format!(
            "[[layer]]\nscenario = \"probe.wasm\"\nenv = {{ mode = \"sleep\", ms = \"600\" }}\n[[layer.stage]]\n\
             name = \"main\"\nexecutor = \"ramping-vus\"\nvus = 3\nramps = [\"900ms:3\", \"0s:0\", \"3s:0\"]\n\
             graceful-ramp-down = \"{grace}\"\n"
        );
        let ended = phase(&target.url(), &layers, "").run().with(0);
        (ended.count("iterations"), ended.count("iterations_interrupted"))
    };
    assert_eq!(run("100ms"), (3, 3));
    assert_eq!(run("10s"), (6, 0));
}

#[test]
fn a_start_time_holds_a_stage_back() {
    let target = target();
    let layers = "[[layer]]\nscenario = \"layer-08.wasm\"\n\
                  [[layer.stage]]\nname = \"sidebar\"\nstart-time = \"700ms\"\n";
    let ended = phase(&target.url(), layers, "--iterations 4 --vus 1").run();
    let micros: Vec<u64> = target.arrivals().entries.iter().map(|entry| entry.micros).collect();
    assert_eq!(micros.len(), 36, "{}", ended.stderr);
    assert!(micros[8] - micros[7] >= 700_000, "{micros:?}");
    assert!(micros[4] - micros[3] < 700_000 && micros[12] - micros[11] < 700_000, "{micros:?}");
}

#[test]
fn a_warm_up_is_sent_and_not_counted() {
    let target = target();
    let layers =
        "[[layer]]\nscenario = \"layer-08.wasm\"\n[[layer.stage]]\nname = \"feed\"\nwarm-up = true\n";
    let ended = phase(&target.url(), layers, "--iterations 5 --vus 1").run().says(["warm-up, not counted"]);
    let arrivals = target.arrivals();
    // Nine stages of five iterations, with two checks each.
    assert_eq!((arrivals.count, arrivals.by_path.get("GET /api/posts/feed")), (45, Some(&5)));
    assert_eq!((ended.count("http_reqs"), ended.count("iterations"), ended.count("checks")), (40, 40, 80));
    assert!(ended.tagged("http_reqs", &[["stage", "feed"]]).is_none());
}

#[test]
fn stages_run_in_their_order_and_tag_what_they_record() {
    let target = target();
    let component = committed("layer-08-api-throughput");
    let ended = run(&component, &target.url(), "--iterations 5 --vus 2").run();
    let paths: Vec<String> = target.arrivals().entries.into_iter().map(|entry| entry.request).collect();
    let stages = [
        ("feed", "GET /api/posts/feed"),
        ("groups", "GET /api/groups"),
        ("sidebar", "GET /api/events/sidebar"),
        ("suggestions", "GET /api/friends/suggestions"),
    ];
    for ((stage, path), sent) in stages.into_iter().zip(paths.chunks(5)) {
        assert_eq!(sent, [path; 5]);
        for (metric, each) in
            [("http_reqs", 1.0), ("iterations", 1.0), ("http_req_duration", 1.0), ("checks", 2.0)]
        {
            let tagged = ended.tagged(metric, &[["stage", stage]]).expect(metric);
            assert_eq!(tagged["count"], 5.0 * each, "{metric} of {stage}");
        }
    }
    assert_eq!(ended.count("http_reqs"), 45);
}
