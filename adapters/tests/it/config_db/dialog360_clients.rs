//! Whose the clients of 360dialog are.

use ecluse_adapters::storage::config_db::{
    ChannelDraft, ConfigDb, Editor, NewSignOn, QueueDraft, SecretChange, SecretsDraft,
    SettingsDraft, SignOnKind, SignOnProgress, TenantDraft, Token, WhatsappDraft,
    WhatsappProviderKind,
};
use ecluse_engine::configuration::Strategy;
use ecluse_engine::ids::{QueueId, TenantId};
use ecluse_engine::message::Destination;

use super::world::{HOUR, TENANT, World, clock};

const CLIENT: &str = "3CpBg3CL";

impl World {
    async fn neighbour(&self) -> TenantId {
        let draft = TenantDraft {
            key: None,
            name: "Other".to_owned(),
        };
        let created = self.db.create_tenant(&Editor::system(TENANT), draft).await;
        created.unwrap().id
    }

    /// A tenant's number at 360dialog.
    async fn number_of(&self, tenant: TenantId, number: &str) {
        let editor = Editor::system(tenant);
        let queue = QueueDraft::new("Support", Strategy::Manual);
        let queue = self.db.create_queue(&editor, queue).await.unwrap().id;
        let created = self.db.create_channel(&editor, at_360dialog(queue, number));
        created.await.unwrap();
    }
}

fn at_360dialog(queue: QueueId, number: &str) -> ChannelDraft {
    let whatsapp = WhatsappDraft {
        client_id: Some(CLIENT.to_owned()),
        ..WhatsappDraft::new(WhatsappProviderKind::Dialog360, number)
    };
    ChannelDraft {
        secrets: SecretsDraft {
            api_key: SecretChange::Set("key".into()),
            ..SecretsDraft::default()
        },
        ..ChannelDraft::new(Destination::Queue(queue), SettingsDraft::Whatsapp(whatsapp))
    }
}

#[tokio::test]
async fn a_client_is_the_tenants_who_brought_it_first() {
    let world = World::new().await;
    let neighbour = world.neighbour().await;
    let db = &world.db;
    assert_eq!(db.tenant_of_dialog360_client(CLIENT).await.unwrap(), None);
    for tenant in [neighbour, TENANT, neighbour] {
        let holder = db.bring_dialog360_client(tenant, CLIENT).await.unwrap();
        assert_eq!(holder, neighbour);
    }
    world.number_of(TENANT, "+33639980002").await;
    let holder = db.tenant_of_dialog360_client(CLIENT).await.unwrap();
    assert_eq!(holder, Some(neighbour), "a key does not take it away");
}

#[tokio::test]
async fn a_channel_of_an_older_file_has_brought_its_client() {
    let world = World::new().await;
    let neighbour = world.neighbour().await;
    world.number_of(neighbour, "+33639980002").await;
    world.pass(HOUR);
    world.number_of(TENANT, "+15550783881").await;
    let under_way = NewSignOn {
        tenant: TENANT,
        kind: SignOnKind::Whatsapp,
        state: Token::draw().digest(),
        progress: SignOnProgress::default(),
    };
    let under_way = world.db.begin_sign_on(under_way).await.unwrap();
    world.db.close().await;
    let file = rusqlite::Connection::open(world.dir.path().join("config.db")).unwrap();
    file.execute_batch(
        "DROP TABLE dialog360_clients; DELETE FROM _sqlx_migrations WHERE version = 9",
    )
    .unwrap();
    file.close().unwrap();

    let db = ConfigDb::open(world.dir.path(), None, clock(&world.now));
    let db = db.await.unwrap();
    let holder = db.tenant_of_dialog360_client(CLIENT).await.unwrap();
    assert_eq!(holder, Some(neighbour), "it was there first");
    let found = db.sign_on(TENANT, under_way.id).await.unwrap();
    assert!(found.is_none(), "what it found was not looked at");
}
