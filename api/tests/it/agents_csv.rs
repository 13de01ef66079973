//! People as a file: what is imported over REST is there, and imported again changes nothing but what it says.

use actix_web::http::Method;
use ecluse_engine::configuration::Role;
use ecluse_engine::ids::TenantId;
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
    let counts = |report: &Value| {
        ["added", "changed", "unchanged", "skipped"].map(|what| report[what].clone())
    };
    assert_eq!(counts(&report), [5_000, 0, 0, 0].map(|count| json!(count)));
    let report = import(&world, &key, csv).await.json();
    assert_eq!(counts(&report), [0, 0, 5_000, 0].map(|count| json!(count)));
    let exported = export(&world, &key).await;
    assert_eq!(exported.lines().count(), 5_001);
    let again = import(&world, &key, exported.clone()).await.json();
    assert_eq!(counts(&again), [0, 0, 5_000, 0].map(|count| json!(count)));
    let audited = world.get("/api/v1/audit?limit=1").key(&key).send().await;
    let newest = &audited.json()["items"][0];
    assert_eq!(newest["action"], "created", "nobody was changed: {newest}");
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
    let column = [("csv".to_owned(), "unknown_column".to_owned())];
    assert_eq!(wrong.fields(), column, "{}", wrong.text());
    let open = "number,name,email\n5100,\"Broken,b@example.com\n5101,Good,g@example.com\n";
    let open = import(&world, &key, open.to_owned()).await;
    let quote = [("csv[2]".to_owned(), "unclosed_quote".to_owned())];
    assert_eq!(open.fields(), quote, "{}", open.text());
    let short = "name,email,role,pin\nAda,ada@example.com,agent\n".to_owned();
    let short = import(&world, &key, short).await.json();
    assert_eq!(short["added"], 1, "{short}");
}

#[actix_web::test]
async fn the_first_line_names_each_column_once_whatever_its_letters_and_there_must_be_one() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let csv = " Name ;EMAIL;Wrap_Up_Secs\nAda;ada@example.com;7\n".to_owned();
    let report = import(&world, &key, csv).await.json();
    assert_eq!(report["added"], 1, "{report}");
    for (csv, field, code) in [
        (
            "name,email,Email\nBob,b@example.com,c@example.com\n",
            "csv.email",
            "duplicate",
        ),
        ("", "csv", "required"),
        ("\n\n", "csv", "required"),
    ] {
        let refused = import(&world, &key, csv.to_owned()).await;
        let expected = [(field.to_owned(), code.to_owned())];
        assert_eq!(refused.fields(), expected, "{csv:?}: {}", refused.text());
    }
    let exported = export(&world, &key).await;
    assert!(
        exported.contains("Ada,ada@example.com,agent,,7,"),
        "{exported}"
    );
}

#[actix_web::test]
async fn what_a_row_leaves_empty_or_a_file_has_no_column_for_is_as_before() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let ada = json!({ "name": "Ada", "email": "ada@example.com", "role": "supervisor", "wrap_up_secs": 5, "capacity": 40,
        "language": "fr", "pin": "4711", "number": "0042", "key": "ada.l" });
    let made = world
        .post("/api/v1/agents", &ada)
        .key(&key)
        .send()
        .await
        .json();
    let place = format!("/api/v1/agents/{}", made["id"].as_str().unwrap());
    let rows = [
        "number\n0042\n",
        "email\nada@example.com\n",
        "number,name,email,role,pin,wrap_up_secs,capacity,language,key\n0042,,,,,,,,\n",
    ];
    let mut before = made;
    before.as_object_mut().unwrap().remove("invitation_url");
    for csv in rows {
        let report = import(&world, &key, csv.to_owned()).await.json();
        assert_eq!(report["unchanged"], 1, "{csv}: {report}");
        assert_eq!(report["rows"][0]["name"], "Ada");
        let after = world.get(&place).key(&key).send().await.json();
        assert_eq!(after, before, "{csv}");
    }
    let csv = "number,capacity\n0042,50\n".to_owned();
    import(&world, &key, csv).await;
    before["capacity"] = json!(50);
    let after = world.get(&place).key(&key).send().await.json();
    assert_eq!(after, before);
}

#[actix_web::test]
async fn what_a_spreadsheet_would_take_for_a_formula_is_exported_as_text_and_comes_back_as_it_was()
{
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    for (name, email) in [
        ("=1+1", "+plus@example.com"),
        ("'@home", "-dash@example.com"),
    ] {
        let body = json!({ "name": name, "email": email, "role": "agent" });
        let added = world.post("/api/v1/agents", &body).key(&key).send().await;
        assert_eq!(added.status, 201, "{}", added.text());
    }
    let exported = export(&world, &key).await;
    for cell in [
        "'=1+1",
        "'+plus@example.com",
        "''@home",
        "'-dash@example.com",
    ] {
        assert!(exported.contains(cell), "{cell}: {exported}");
    }
    let listed = async || world.get("/api/v1/agents").key(&key).send().await.json();
    let before = listed().await;
    let report = import(&world, &key, exported).await.json();
    assert_eq!(report["unchanged"], 2, "{report}");
    assert_eq!(listed().await, before);
}

#[actix_web::test]
async fn the_pins_of_a_file_are_hashed_beside_each_other_and_each_is_its_own_persons() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let mut csv = "number,name,email,pin\n".to_owned();
    for number in 1..=12 {
        csv.push_str(&format!(
            "{number:04},Agent {number},agent{number}@example.com,{}\n",
            1_000 + number
        ));
    }
    let report = import(&world, &key, csv).await.json();
    assert_eq!(report["added"], 12, "{report}");
    let listed = world.get("/api/v1/agents").key(&key).send().await.json();
    for agent in listed["items"].as_array().unwrap() {
        let id = agent["id"].as_str().unwrap().parse().unwrap();
        let number: u32 = agent["number"].as_str().unwrap().parse().unwrap();
        let pin = (1_000 + number).to_string();
        let fits = world.auth.is_pin_of(TenantId::DEFAULT, id, &pin).await;
        assert!(fits.unwrap(), "{agent}");
    }
}

#[actix_web::test]
async fn emails_change_places_and_go_from_hand_to_hand_whatever_the_order_of_the_rows() {
    let world = World::new().await;
    let key = world.key(Role::Administrator).await;
    let header = "number,name,email,role\n";
    let counts = |report: &Value| {
        ["added", "changed", "unchanged", "skipped"].map(|what| report[what].as_u64().unwrap())
    };
    let put = async |rows: &[&str]| {
        let csv = format!("{header}{}\n", rows.join("\n"));
        import(&world, &key, csv).await.json()
    };
    let people = [
        "0001,Ada,ada@example.com,agent",
        "0002,Bob,bob@example.com,agent",
        "0003,Cho,cho@example.com,agent",
    ];
    assert_eq!(counts(&put(&people[..]).await), [3, 0, 0, 0]);
    // The first takes what the second has, and the other way round; somebody new takes what the third gives up later.
    let moved = [
        "0001,,Bob@example.com,",
        "0004,Dan,cho@example.com,agent",
        "0002,,ada@example.com,",
        "0003,,new@example.com,",
    ];
    let report = put(&moved[..]).await;
    assert_eq!(counts(&report), [1, 3, 0, 0], "{report}");
    let rows = report["rows"].as_array().unwrap().iter();
    let lines: Vec<_> = rows.map(|row| row["line"].clone()).collect();
    assert_eq!(lines, [2, 3, 4, 5].map(|line| json!(line)));
    assert_eq!(counts(&put(&moved[..]).await), [0, 0, 4, 0]);

    // Of those that need each other one cannot be accepted, so that each stands alone.
    let unlucky = [
        "0001,,ada@example.com,",
        "0002,,bob@example.com,king",
        "0003,Cho C,,",
    ];
    let report = put(&unlucky[..]).await;
    assert_eq!(counts(&report), [0, 1, 0, 2], "{report}");
    let errors = |row: usize| report["rows"][row]["errors"][0]["code"].clone();
    assert_eq!(errors(0), "taken", "{report}");
    let exported = export(&world, &key).await;
    for person in [
        "0001,Ada,Bob@example.com",
        "0002,Bob,ada@example.com",
        "0003,Cho C,new@example.com",
    ] {
        assert!(exported.contains(person), "{exported}");
    }
}
