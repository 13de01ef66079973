//! `full_is_felt_upstream`, short: the refusals, the recovery and the books. Memory is judged by a longer run.

use std::process::Command;

use ecluse_load_tests::pressure::PressureReport;

#[test]
fn full_is_felt_upstream() {
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("report.json");
    let ended = Command::new(env!("CARGO_BIN_EXE_ecluse-load"))
        .args([
            "pressure",
            "--seconds",
            "6",
            "--per-second",
            "600",
            "--connections",
            "64",
        ])
        .args([
            "--commit-delay-ms",
            "30",
            "--projection-delay-ms",
            "800",
            "--lag-max",
            "200",
        ])
        .args(["--growth-max", "4", "--output"])
        .arg(&output)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()).into_owned();
    let report: PressureReport =
        serde_json::from_str(&std::fs::read_to_string(&output).expect(&said)).unwrap();
    assert!(ended.status.success() && report.is_clean(), "{said}");
    assert_eq!(report.offered, 3_600, "{said}");
    assert_eq!(
        report.acknowledged + report.refused,
        report.offered,
        "{said}"
    );
    assert!(report.acknowledged > 200 && report.refused > 200, "{said}");
    assert_eq!(
        report.verdict.acknowledged,
        report.acknowledged + 201,
        "{said}"
    );
}
