//! People as a file: what is imported over REST is there, and imported again changes nothing but what it says.

use actix_web::http::Method;
use ecluse_engine::configuration::Role;
use serde_json::{Value, json};

use crate::world::{Answer, World};

async fn import(world: &World, key: &str, csv: String) -> Answer {
    let call = world.call(Method::POST, "/api/v1/agents/import");
    call.key(key).body("text/csv", csv).send().await
}

async fn export(world: &World, key: &str) -> String {
    let call = world.get("/api/v1/agents/export");
    call.key(key).send().await.text()
}

#[actix_web::test]
async fn five_thousand_people_are_added_at_once_and_known_again() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let mut csv = "number,name,email,role\n".to_owned();
    for number in 1..=5_000 {
        csv.push_str(&format!(
            "{number:04},Agent {number},agent{number}@example.com,agent\n"
        ));
    }
    let answer = import(&world, &key, csv.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let report = answer.json();
    let counts = |report: &Value| ["added", "changed", "skipped"].map(|what| report[what].clone());
    assert_eq!(counts(&report), [5_000, 0, 0].map(|count| json!(count)));
    let report = import(&world, &key, csv).await.json();
    assert_eq!(report["added"], 0);
    let exported = export(&world, &key).await;
    assert_eq!(exported.lines().count(), 5_001);
    let again = import(&world, &key, exported.clone()).await.json();
    assert_eq!((&again["added"], &again["skipped"]), (&json!(0), &json!(0)));
    assert_eq!(export(&world, &key).await, exported);
}

#[actix_web::test]
async fn a_row_that_cannot_be_accepted_is_reported_by_its_line_and_leaves_the_others() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let csv =
        "name;email;role\nAda;ada@example.com;agent\nBob;nowhere;agent\nCho;cho@example.com;king\n";
    let report = import(&world, &key, csv.to_owned()).await.json();
    assert_eq!(
        (&report["added"], &report["skipped"]),
        (&json!(1), &json!(2))
    );
    let rows = report["rows"].as_array().unwrap();
    let skipped: Vec<_> = rows
        .iter()
        .filter(|row| row["outcome"] == "skipped")
        .map(|row| (row["line"].clone(), row["errors"][0]["field"].clone()))
        .collect();
    assert_eq!(
        skipped,
        [(json!(3), json!("email")), (json!(4), json!("role"))]
    );
}

#[actix_web::test]
async fn only_an_administrator_imports_and_what_is_no_csv_is_said() {
    let world = World::new().await;
    let supervisor = world.key(Role::Supervisor).await;
    let refused = import(&world, &supervisor, "name\nAda\n".to_owned()).await;
    assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    let key = world.key(Role::Administrator).await;
    let wrong = import(&world, &key, "nom;prénom\nAda;Lovelace\n".to_owned()).await;
    assert_eq!(wrong.refusal().0, 400, "{}", wrong.text());
}
