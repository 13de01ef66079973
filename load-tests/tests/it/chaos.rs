//! `kill_9_loses_nothing`, short enough for every run of the tests.

use std::process::Command;

use ecluse_load_tests::chaos::ChaosReport;

#[test]
fn kill_9_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("report.json");
    let ended = Command::new(env!("CARGO_BIN_EXE_ecluse-load"))
        .args([
            "chaos",
            "--kills",
            "3",
            "--seconds-between",
            "1",
            "--contacts",
            "300",
            "--output",
        ])
        .arg(&output)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    let report: ChaosReport =
        serde_json::from_str(&std::fs::read_to_string(&output).expect(&said)).unwrap();
    assert!(ended.status.success() && report.is_clean(), "{said}");
    assert_eq!(report.kills, 3, "{said}");
    assert!(report.checks >= 4 - report.kills_while_starting, "{said}");
    assert_eq!(report.bodies_acknowledged, report.bodies_sent, "{said}");
    assert!(
        report.bodies_acknowledged > 100,
        "too little load to tell anything: {said}"
    );
    assert!(report.redelivered > 0, "{said}");
    assert_eq!(report.verdict.shown, report.verdict.acknowledged, "{said}");
    assert!(
        report.verdict.acknowledged > report.bodies_acknowledged,
        "no body had several messages: {said}"
    );
}
