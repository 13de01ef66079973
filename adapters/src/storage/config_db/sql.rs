//! Every statement of `config.db`, so that one test can prepare them all.

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        $(pub(super) const $name: &str = $text;)+
        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$((stringify!($name), $text)),+];
    };
}

statements! {
    META_READ = "SELECT epoch, fingerprint_key, fingerprint_sealed, canary FROM meta WHERE id = 1";
    META_CREATE = "INSERT INTO meta (id, epoch, fingerprint_key, fingerprint_sealed, canary, revision) \
        VALUES (1, ?, zeroblob(16), ?, ?, 1)";
    META_SEAL = "UPDATE meta SET fingerprint_key = zeroblob(16), fingerprint_sealed = ? WHERE id = 1";
    WAL_EMPTY = "PRAGMA wal_checkpoint(TRUNCATE)";
    REVISION_RAISE = "UPDATE meta SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    REVISION_READ = "SELECT revision FROM meta WHERE id = 1";

    AUDIT_WRITE = "INSERT INTO audit (tenant, at, revision, editor_kind, editor, editor_name, resource, resource_id, \
        action, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    AUDIT_PAGE = "SELECT position, at, revision, editor_kind, editor, editor_name, resource, resource_id, action, \
        before, after FROM audit WHERE tenant = ?1 AND position < ?2 ORDER BY position DESC LIMIT ?3";

    CHANNEL_READ = "SELECT c.id, c.tenant, c.kind, c.name, c.address, c.queue, c.chatbot, c.settings, c.state, \
        c.degraded_reason, c.created_at, c.updated_at, c.revision, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c WHERE c.tenant = ?1 AND c.id = ?2";
    CHANNEL_PAGE = "SELECT c.id, c.tenant, c.kind, c.name, c.address, c.queue, c.chatbot, c.settings, c.state, \
        c.degraded_reason, c.created_at, c.updated_at, c.revision, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c WHERE c.tenant = ?1 AND c.id > ?2 AND c.state <> 'deleted' ORDER BY c.id LIMIT ?3";
    CHANNEL_ALL = "SELECT c.id, c.tenant, c.kind, c.name, c.address, c.queue, c.chatbot, c.settings, c.state, \
        c.degraded_reason, c.created_at, c.updated_at, c.revision, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c ORDER BY c.id";
    CHANNEL_CREATE = "INSERT INTO channels (id, tenant, kind, name, address, queue, chatbot, settings, state, \
        created_at, updated_at, revision) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'active', ?9, ?9, ?10)";
    CHANNEL_CHANGE = "UPDATE channels SET name = ?2, address = ?3, queue = ?4, chatbot = ?5, settings = ?6, \
        degraded_reason = NULL, updated_at = ?7, revision = ?8 WHERE id = ?1";
    CHANNEL_DELETE = "UPDATE channels SET state = 'deleted', degraded_reason = NULL, updated_at = ?2, revision = ?3 \
        WHERE id = ?1";
    CHANNEL_HEALTH = "UPDATE channels SET degraded_reason = ?3 WHERE tenant = ?1 AND id = ?2 AND state = 'active' \
        AND degraded_reason IS NOT ?3";
    CHANNELS_OF_QUEUE = "SELECT id, name FROM channels WHERE tenant = ? AND queue = ? AND state <> 'deleted' ORDER BY id";
    SECRETS_READ = "SELECT channel, name, sealed FROM channel_secrets WHERE channel = ?";
    SECRETS_ALL = "SELECT channel, name, sealed FROM channel_secrets";
    SECRET_WRITE = "INSERT INTO channel_secrets (channel, name, tenant, sealed) VALUES (?, ?, ?, ?) \
        ON CONFLICT (channel, name) DO UPDATE SET sealed = excluded.sealed";
    SECRET_DELETE = "DELETE FROM channel_secrets WHERE channel = ? AND name = ?";
    SECRETS_DELETE = "DELETE FROM channel_secrets WHERE channel = ?";
    ADDRESS_HOLDER = "SELECT channel FROM channel_addresses WHERE scope = ? AND address = ?";
    ADDRESS_TAKE = "INSERT INTO channel_addresses (scope, address, channel, tenant) VALUES (?, ?, ?, ?)";
    ADDRESSES_RELEASE = "DELETE FROM channel_addresses WHERE channel = ?";

    QUEUE_READ = "SELECT id, tenant, name, strategy, agent_order, offer_timeout_secs, max_per_agent, on_agent_lost, \
        created_at, updated_at, revision FROM queues WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    QUEUE_PAGE = "SELECT id, tenant, name, strategy, agent_order, offer_timeout_secs, max_per_agent, on_agent_lost, \
        created_at, updated_at, revision FROM queues WHERE tenant = ?1 AND id > ?2 AND deleted_at IS NULL \
        ORDER BY id LIMIT ?3";
    QUEUE_ALL = "SELECT id, tenant, name, strategy, agent_order, offer_timeout_secs, max_per_agent, on_agent_lost, \
        created_at, updated_at, revision FROM queues WHERE deleted_at IS NULL ORDER BY id";
    QUEUE_CREATE = "INSERT INTO queues (id, tenant, name, name_key, strategy, agent_order, offer_timeout_secs, \
        max_per_agent, on_agent_lost, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)";
    QUEUE_CHANGE = "UPDATE queues SET name = ?2, name_key = ?3, strategy = ?4, agent_order = ?5, \
        offer_timeout_secs = ?6, max_per_agent = ?7, on_agent_lost = ?8, updated_at = ?9, revision = ?10 WHERE id = ?1";
    QUEUE_DELETE = "UPDATE queues SET deleted_at = ?2, updated_at = ?2, revision = ?3 WHERE id = ?1";
    QUEUE_EXISTS = "SELECT COUNT(*) FROM queues WHERE tenant = ? AND id = ? AND deleted_at IS NULL";
    QUEUE_NAMED = "SELECT id FROM queues WHERE tenant = ? AND name_key = ? AND deleted_at IS NULL";
    QUEUES_OF_PERSON = "UPDATE queues SET updated_at = ?2, revision = ?3 \
        WHERE id IN (SELECT queue FROM queue_members WHERE person = ?1)";
    MEMBERS_READ = "SELECT queue, person FROM queue_members WHERE queue = ? ORDER BY person";
    MEMBERS_OF_TENANT = "SELECT queue, person FROM queue_members WHERE tenant = ? ORDER BY queue, person";
    MEMBERS_ALL = "SELECT queue, person FROM queue_members ORDER BY queue, person";
    MEMBER_ADD = "INSERT INTO queue_members (queue, person, tenant) VALUES (?, ?, ?)";
    MEMBERS_CLEAR = "DELETE FROM queue_members WHERE queue = ?";
    MEMBERSHIPS_CLEAR = "DELETE FROM queue_members WHERE person = ?";

    PERSON_READ = "SELECT id, tenant, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        revision FROM people WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    PERSON_PAGE = "SELECT id, tenant, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        revision FROM people WHERE tenant = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";
    PERSON_ALL = "SELECT id, tenant, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        revision FROM people WHERE deleted_at IS NULL ORDER BY id";
    PERSON_IDS = "SELECT id FROM people WHERE tenant = ? AND deleted_at IS NULL";
    PERSON_CREATE = "INSERT INTO people (id, tenant, name, email, email_key, number, pin_hash, password_hash, role, \
        wrap_up_secs, capacity, language, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14)";
    PERSON_CHANGE = "UPDATE people SET name = ?2, email = ?3, email_key = ?4, number = ?5, role = ?6, \
        wrap_up_secs = ?7, capacity = ?8, language = ?9, updated_at = ?10, revision = ?11 WHERE id = ?1";
    PERSON_DELETE = "UPDATE people SET deleted_at = ?2, updated_at = ?2, revision = ?3, email = '', email_key = '', \
        pin_hash = NULL, password_hash = NULL, language = NULL WHERE id = ?1";
    PERSON_PIN = "UPDATE people SET pin_hash = ? WHERE id = ?";
    PERSON_PASSWORD = "UPDATE people SET password_hash = ? WHERE id = ?";
    PERSON_LANGUAGE = "UPDATE people SET language = ?3 WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    PERSON_WITH_EMAIL = "SELECT id FROM people WHERE tenant = ? AND email_key = ? AND deleted_at IS NULL";
    PERSON_WITH_NUMBER = "SELECT id FROM people WHERE tenant = ? AND number = ? AND deleted_at IS NULL";
    PERSON_NUMBERS = "SELECT number FROM people WHERE tenant = ? AND deleted_at IS NULL AND number > '0000' \
        ORDER BY number";
    PEOPLE_EVER = "SELECT COUNT(*) FROM people";
    OTHER_ADMINISTRATORS = "SELECT COUNT(*) FROM people WHERE tenant = ? AND id <> ? AND role = 'administrator' \
        AND password_hash IS NOT NULL AND deleted_at IS NULL";

    CREDENTIALS_BY_EMAIL = "SELECT id, tenant, number, pin_hash, password_hash FROM people \
        WHERE email_key = ? AND deleted_at IS NULL ORDER BY tenant LIMIT 1";
    CREDENTIALS_BY_ID = "SELECT id, tenant, number, pin_hash, password_hash FROM people \
        WHERE tenant = ? AND id = ? AND deleted_at IS NULL";
    SESSION_CREATE = "INSERT INTO sessions (token_hash, tenant, person, created_at, last_seen_at) \
        VALUES (?1, ?2, ?3, ?4, ?4)";
    SESSION_READ = "SELECT s.tenant, s.person, s.created_at, s.last_seen_at, p.name, p.email, p.number, p.role, \
        p.language FROM sessions s JOIN people p ON p.id = s.person AND p.deleted_at IS NULL WHERE s.token_hash = ?";
    SESSION_SEEN = "UPDATE sessions SET last_seen_at = ? WHERE token_hash = ?";
    SESSION_END = "DELETE FROM sessions WHERE token_hash = ?";
    SESSIONS_END = "DELETE FROM sessions WHERE person = ?";
    SESSIONS_END_OTHERS = "DELETE FROM sessions WHERE person = ? AND token_hash <> ?";
    SESSIONS_EXPIRE = "DELETE FROM sessions WHERE created_at <= ? OR last_seen_at <= ?";
    INVITATION_CREATE = "INSERT INTO invitations (token_hash, tenant, person, purpose, expires_at) VALUES (?, ?, ?, ?, ?)";
    INVITATION_READ = "SELECT i.tenant, i.person, i.purpose, i.expires_at, p.name, p.email FROM invitations i \
        JOIN people p ON p.id = i.person AND p.deleted_at IS NULL WHERE i.token_hash = ?";
    INVITATIONS_CLEAR = "DELETE FROM invitations WHERE person = ?";
    INVITATIONS_EXPIRE = "DELETE FROM invitations WHERE expires_at <= ?";

    KEY_CREATE = "INSERT INTO api_keys (id, tenant, name, role, key_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)";
    KEY_READ = "SELECT id, tenant, name, role, created_at, last_used_at FROM api_keys WHERE tenant = ? AND id = ?";
    KEY_PAGE = "SELECT id, tenant, name, role, created_at, last_used_at FROM api_keys \
        WHERE tenant = ?1 AND id > ?2 ORDER BY id LIMIT ?3";
    KEY_FIND = "SELECT id, tenant, name, role, created_at, last_used_at FROM api_keys WHERE key_hash = ?";
    KEY_USED = "UPDATE api_keys SET last_used_at = ? WHERE id = ?";
    KEY_DELETE = "DELETE FROM api_keys WHERE id = ?";

    NAMES_OF_CHANNELS = "SELECT id, name, kind FROM channels WHERE tenant = ?";
    NAMES_OF_QUEUES = "SELECT id, name FROM queues WHERE tenant = ?";
    NAMES_OF_PEOPLE = "SELECT id, name FROM people WHERE tenant = ?";
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection as _, Executor as _, SqlSafeStr as _, SqliteConnection};

    use super::*;

    #[tokio::test]
    async fn every_statement_prepares() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        super::super::migrator().run(&mut db).await.unwrap();
        for (name, text) in ALL {
            let prepared = db.prepare((*text).into_sql_str()).await;
            assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
        }
    }
}
