//! Every statement of `config.db`, so that one test can prepare them all. A plus sign before what rows are put in order by keeps
//! SQLite from reading a whole table in that order where few of its rows are asked for.

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
    UNIT_BEGIN = "SAVEPOINT unit";
    UNIT_BEGIN_RAISING = "SAVEPOINT unit; UPDATE meta SET revision = revision + 1 WHERE id = 1 RETURNING revision";
    UNIT_END = "RELEASE unit";
    UNIT_UNDO = "ROLLBACK TO unit; RELEASE unit";
    PART_BEGIN = "SAVEPOINT part";
    PART_END = "RELEASE part";
    PART_UNDO = "ROLLBACK TO part; RELEASE part";
    NEWER = "SELECT revision, \
        EXISTS (SELECT 1 FROM channels WHERE revision > ?1) AS channels, \
        EXISTS (SELECT 1 FROM queues WHERE revision > ?1) AS queues, \
        EXISTS (SELECT 1 FROM people WHERE revision > ?1) AS people, \
        EXISTS (SELECT 1 FROM tenants WHERE revision > ?1) AS tenants, \
        EXISTS (SELECT 1 FROM documents WHERE revision > ?1) AS documents, \
        EXISTS (SELECT 1 FROM bans WHERE revision > ?1) AS bans FROM meta WHERE id = 1";

    AUDIT_WRITE = "INSERT INTO audit (tenant, at, revision, editor_kind, editor, editor_name, resource, resource_id, \
        action, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    AUDIT_LAST_OF_DELETION = "SELECT action FROM audit WHERE tenant = ? AND resource_id = ? AND editor_kind = ? \
        AND editor_name = ? AND action IN ('deletion_scheduled', 'reactivated') ORDER BY position DESC LIMIT 1";
    AUDIT_PAGE = "SELECT position, at, revision, editor_kind, editor, editor_name, resource, resource_id, action, \
        before, after FROM audit WHERE tenant = ?1 AND position < ?2 AND (?4 IS NULL OR resource = ?4) \
        AND (?5 IS NULL OR resource_id = ?5) AND (?6 IS NULL OR editor = ?6) \
        AND (?7 IS NULL OR instr(lower(editor_name), lower(?7))) AND (?8 IS NULL OR action = ?8) ORDER BY position DESC LIMIT ?3";

    CHANNEL_WITH_KEY = "SELECT id FROM channels WHERE tenant = ?1 AND key = ?2 AND state <> 'deleted' AND ?3 <> ''";
    QUEUE_WITH_KEY = "SELECT id FROM queues WHERE tenant = ?1 AND key = ?2 AND deleted_at IS NULL AND ?3 <> ''";
    PERSON_WITH_KEY = "SELECT id FROM people WHERE tenant = ?1 AND key = ?2 AND deleted_at IS NULL AND ?3 <> ''";
    DOCUMENT_WITH_KEY = "SELECT id FROM documents WHERE tenant = ?1 AND kind = ?3 AND key = ?2 AND deleted_at IS NULL";

    CHANNEL_ROSTER = "SELECT c.id, c.key, c.revision, c.pending_deletion_until IS NOT NULL AS stays, \
        (SELECT json_group_array(a.scope || ' ' || a.address) FROM channel_addresses a WHERE a.channel = c.id) AS holds \
        FROM channels c WHERE c.tenant = ?1 AND c.state <> 'deleted' AND ?2 <> '' ORDER BY c.id";
    QUEUE_ROSTER = "SELECT id, key, revision, 0 AS stays, json_array(name_key) AS holds FROM queues \
        WHERE tenant = ?1 AND deleted_at IS NULL AND ?2 <> '' ORDER BY id";
    PERSON_ROSTER = "SELECT id, key, revision, role = 'administrator' AS stays, \
        json_array(email_key, 'number ' || number_key) AS holds FROM people \
        WHERE tenant = ?1 AND deleted_at IS NULL AND ?2 <> '' ORDER BY id";
    DOCUMENT_ROSTER = "SELECT id, key, revision, 0 AS stays, json_array(name_key) AS holds FROM documents \
        WHERE tenant = ?1 AND kind = ?2 AND deleted_at IS NULL ORDER BY id";
    QUEUE_LET_GO = "UPDATE queues SET name_key = hex(id) WHERE id = ?";
    PERSON_LET_GO = "UPDATE people SET email_key = hex(id), number_key = hex(id) WHERE id = ?";
    DOCUMENT_LET_GO = "UPDATE documents SET name_key = hex(id) WHERE id = ?";

    DOCUMENT_READ = "SELECT d.id, d.tenant, d.kind, d.key, d.body, d.created_at, d.updated_at, d.deleted_at, d.revision, \
        (SELECT json_group_array(s.name) FROM document_secrets s WHERE s.document = d.id) AS secrets \
        FROM documents d WHERE d.tenant = ?1 AND d.id = ?2 AND d.kind = ?3 AND d.deleted_at IS NULL";
    DOCUMENT_PAGE = "SELECT d.id, d.tenant, d.kind, d.key, d.body, d.created_at, d.updated_at, d.deleted_at, d.revision, \
        (SELECT json_group_array(s.name) FROM document_secrets s WHERE s.document = d.id) AS secrets \
        FROM documents d WHERE d.tenant = ?1 AND d.kind = ?2 AND d.id > ?3 AND d.deleted_at IS NULL \
        ORDER BY d.id LIMIT ?4";
    DOCUMENT_SINCE = "SELECT d.id, d.tenant, d.kind, d.key, d.body, d.created_at, d.updated_at, d.deleted_at, d.revision, \
        '[]' AS secrets FROM documents d WHERE d.revision > ?1 ORDER BY +d.id";
    DOCUMENT_CREATE = "INSERT INTO documents (id, tenant, kind, key, name, name_key, body, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8, ?9)";
    DOCUMENT_CHANGE = "UPDATE documents SET key = ?4, name = ?5, name_key = ?6, body = ?7, updated_at = ?8, revision = ?9 \
        WHERE id = ?1 AND tenant = ?2 AND kind = ?3";
    DOCUMENT_DELETE = "UPDATE documents SET deleted_at = ?2, updated_at = ?2, revision = ?3 WHERE id = ?1";
    DOCUMENT_NAMED = "SELECT id FROM documents WHERE tenant = ? AND kind = ? AND name_key = ? AND deleted_at IS NULL";
    DOCUMENT_EXISTS = "SELECT COUNT(*) FROM documents WHERE tenant = ?1 AND id = ?2 AND kind = ?3 AND deleted_at IS NULL";
    SECRETS_OF_ROW = "SELECT name, sealed FROM channel_secrets WHERE channel = ?1 \
        UNION ALL SELECT name, sealed FROM document_secrets WHERE document = ?1 ORDER BY name";
    DOCUMENT_SECRET_READ = "SELECT sealed FROM document_secrets WHERE document = ? AND name = ?";
    DOCUMENT_SECRET_WRITE = "INSERT INTO document_secrets (document, name, tenant, sealed) VALUES (?, ?, ?, ?) \
        ON CONFLICT (document, name) DO UPDATE SET sealed = excluded.sealed";
    DOCUMENT_SECRET_DELETE = "DELETE FROM document_secrets WHERE document = ? AND name = ?";
    DOCUMENT_SECRETS_DELETE = "DELETE FROM document_secrets WHERE document = ?";

    BAN_ADD = "INSERT INTO bans (id, tenant, kind, address, reason, banned_by, since, until, revision) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    BAN_READ = "SELECT id, tenant, kind, address, reason, banned_by, since, until, lifted_at, revision FROM bans \
        WHERE tenant = ? AND id = ? AND lifted_at IS NULL";
    BAN_PAGE = "SELECT id, tenant, kind, address, reason, banned_by, since, until, lifted_at, revision FROM bans \
        WHERE tenant = ?1 AND id > ?2 AND lifted_at IS NULL AND (until IS NULL OR until > ?4) ORDER BY id LIMIT ?3";
    BAN_PAGE_BACK = "SELECT id, tenant, kind, address, reason, banned_by, since, until, lifted_at, revision FROM bans \
        WHERE tenant = ?1 AND id < ?2 AND lifted_at IS NULL AND (until IS NULL OR until > ?4) ORDER BY id DESC LIMIT ?3";
    BAN_SINCE = "SELECT id, tenant, kind, address, reason, banned_by, since, until, lifted_at, revision FROM bans \
        WHERE revision > ?1 AND (?1 > 0 OR lifted_at IS NULL) ORDER BY revision";
    BAN_HELD = "SELECT id, tenant, kind, address, reason, banned_by, since, until, lifted_at, revision FROM bans \
        WHERE tenant = ? AND kind = ? AND address = ? AND lifted_at IS NULL";
    BAN_LIFT = "UPDATE bans SET lifted_at = ?2, revision = ?3 WHERE id = ?1";
    BANS_ARE_OVER = "SELECT EXISTS (SELECT 1 FROM bans WHERE lifted_at IS NULL AND until <= ?)";
    BANS_LIFT_OVER = "UPDATE bans SET lifted_at = ?1, revision = ?2 WHERE lifted_at IS NULL AND until <= ?1";
    BANS_FORGET = "DELETE FROM bans WHERE lifted_at <= ? - 86400000000";

    TENANT_READ = "SELECT id, key, name, created_at, revision FROM tenants WHERE id = ?";
    TENANT_PAGE = "SELECT id, key, name, created_at, revision FROM tenants WHERE id > ?1 ORDER BY id LIMIT ?2";
    TENANT_SINCE = "SELECT id FROM tenants WHERE revision > ? ORDER BY id";
    TENANT_ADD = "INSERT INTO tenants (key, name, created_at, revision) VALUES (?, ?, ?, ?) RETURNING id";
    TENANT_RENAME = "UPDATE tenants SET name = ?2, revision = ?3 WHERE id = ?1";
    TENANT_WITH_KEY = "SELECT id FROM tenants WHERE key = ?";

    ANSWER_READ = "SELECT request, sealed FROM idempotency WHERE tenant = ? AND caller = ? AND key = ? AND expires_at > ?";
    ANSWER_WRITE = "INSERT INTO idempotency (tenant, caller, key, request, sealed, expires_at) VALUES (?, ?, ?, ?, ?, ?) \
        ON CONFLICT (tenant, caller, key) DO UPDATE SET request = excluded.request, sealed = excluded.sealed, \
        expires_at = excluded.expires_at";
    ANSWERS_EXPIRE = "DELETE FROM idempotency WHERE expires_at <= ?";

    SIGN_ON_BEGIN = "INSERT INTO sign_ons (id, tenant, kind, state_hash, state, sealed, created_at, expires_at) \
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    SIGN_ON_READ = "SELECT id, tenant, kind, state, sealed, created_at, expires_at FROM sign_ons \
        WHERE tenant = ?1 AND id = ?2 AND expires_at > ?3";
    SIGN_ON_OF_STATE = "SELECT id, tenant, kind, state, sealed, created_at, expires_at FROM sign_ons \
        WHERE state_hash = ?1 AND expires_at > ?2";
    SIGN_ONS_OPEN = "SELECT id, tenant, kind, state, sealed, created_at, expires_at FROM sign_ons \
        WHERE kind = ?1 AND expires_at > ?2 ORDER BY id";
    SIGN_ON_STATE = "UPDATE sign_ons SET state_hash = ?3 WHERE tenant = ?1 AND id = ?2 AND expires_at > ?4";
    SIGN_ON_ADVANCE = "UPDATE sign_ons SET state = ?3, sealed = ?4 WHERE tenant = ?1 AND id = ?2 AND expires_at > ?5";
    SIGN_ON_END = "DELETE FROM sign_ons WHERE tenant = ? AND id = ?";
    SIGN_ONS_EXPIRE = "DELETE FROM sign_ons WHERE expires_at <= ?";

    DIALOG360_CLIENT_READ = "SELECT tenant FROM dialog360_clients WHERE client_id = ?";
    DIALOG360_CLIENT_BRING = "INSERT INTO dialog360_clients (client_id, tenant) VALUES (?, ?) \
        ON CONFLICT (client_id) DO NOTHING";

    OVER_FIRST = "SELECT min(at) FROM (SELECT min(expires_at) AS at FROM sign_ons \
        UNION ALL SELECT min(expires_at) FROM idempotency \
        UNION ALL SELECT min(until) FROM bans WHERE lifted_at IS NULL \
        UNION ALL SELECT min(lifted_at) + 86400000000 FROM bans)";

    LINKS_CLEAR = "DELETE FROM links WHERE source = ?";
    LINK_ADD = "INSERT INTO links (source, source_kind, target, tenant) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    CHANNELS_POINTING_TO = "SELECT c.id, c.tenant, c.kind, c.key, c.name, c.address, c.queue, c.chatbot, c.language, \
        c.auto_replies, c.settings, c.state, c.degraded_reason, c.sign_in_required, c.pending_deletion_until, c.created_at, \
        c.updated_at, c.revision, c.worked, '[]' AS secrets FROM links l JOIN channels c ON c.id = l.source \
        WHERE l.tenant = ?1 AND l.target = ?2 AND c.state <> 'deleted' ORDER BY c.id";
    LINKS_TO = "SELECT l.source_kind, l.source, coalesce(c.name, d.name) FROM links l \
        LEFT JOIN channels c ON c.id = l.source LEFT JOIN documents d ON d.id = l.source \
        WHERE l.tenant = ? AND l.target = ? ORDER BY l.source";

    CHANNEL_READ = "SELECT c.id, c.tenant, c.kind, c.key, c.name, c.address, c.queue, c.chatbot, c.language, \
        c.auto_replies, c.settings, c.state, c.degraded_reason, c.sign_in_required, c.pending_deletion_until, c.created_at, \
        c.updated_at, c.revision, c.worked, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c WHERE c.tenant = ?1 AND c.id = ?2";
    CHANNEL_PAGE = "SELECT c.id, c.tenant, c.kind, c.key, c.name, c.address, c.queue, c.chatbot, c.language, \
        c.auto_replies, c.settings, c.state, c.degraded_reason, c.sign_in_required, c.pending_deletion_until, c.created_at, \
        c.updated_at, c.revision, c.worked, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c WHERE c.tenant = ?1 AND c.id > ?2 AND c.state <> 'deleted' ORDER BY c.id LIMIT ?3";
    CHANNEL_SINCE = "SELECT c.id, c.tenant, c.kind, c.key, c.name, c.address, c.queue, c.chatbot, c.language, \
        c.auto_replies, c.settings, c.state, c.degraded_reason, c.sign_in_required, c.pending_deletion_until, c.created_at, \
        c.updated_at, c.revision, c.worked, \
        (SELECT json_group_array(s.name) FROM channel_secrets s WHERE s.channel = c.id) AS secrets \
        FROM channels c WHERE c.revision > ?1 ORDER BY +c.id";
    CHANNEL_CREATE = "INSERT INTO channels (id, tenant, kind, key, name, address, queue, chatbot, language, auto_replies, \
        settings, state, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'active', ?12, ?12, ?13)";
    CHANNEL_CHANGE = "UPDATE channels SET key = ?4, name = ?5, address = ?6, queue = ?7, chatbot = ?8, language = ?9, \
        auto_replies = ?10, settings = ?11, updated_at = ?12, revision = ?13 \
        WHERE id = ?1 AND tenant = ?2 AND kind = ?3";
    CHANNEL_REACHED_ANEW = "UPDATE channels SET degraded_reason = ?2, sign_in_required = ?3, worked = ?4 WHERE id = ?1";
    CHANNEL_WORKED = "UPDATE channels SET worked = json_set(worked, '$.' || ?3, ?4) \
        WHERE tenant = ?1 AND id = ?2 AND state = 'active'";
    TRUNK_WORKED = "UPDATE channels SET worked = json_set(worked, '$.provider', ?3) \
        WHERE tenant = ?1 AND kind = 'sms' AND id IN (SELECT source FROM links WHERE tenant = ?1 AND target = ?2)";
    TRUNK_REACHED_ANEW = "UPDATE channels SET worked = '{}' \
        WHERE tenant = ?1 AND kind = 'sms' AND id IN (SELECT source FROM links WHERE tenant = ?1 AND target = ?2)";
    CHANNEL_DELETE = "UPDATE channels SET state = 'deleted', degraded_reason = NULL, sign_in_required = 0, \
        pending_deletion_until = NULL, updated_at = ?2, revision = ?3 WHERE id = ?1";
    CHANNEL_PENDING = "UPDATE channels SET pending_deletion_until = ?2, updated_at = ?3, revision = ?4 WHERE id = ?1";
    CHANNELS_DUE = "SELECT tenant, id FROM channels WHERE pending_deletion_until <= ? AND state = 'active' \
        ORDER BY pending_deletion_until";
    CHANNEL_NEXT_DUE = "SELECT min(pending_deletion_until) FROM channels \
        WHERE pending_deletion_until IS NOT NULL AND state = 'active'";
    CHANNEL_HEALTH = "UPDATE channels SET degraded_reason = ?3, sign_in_required = ?4 WHERE tenant = ?1 AND id = ?2 \
        AND state = 'active' AND (degraded_reason IS NOT ?3 OR sign_in_required <> ?4)";
    SECRETS_READ = "SELECT channel, name, sealed FROM channel_secrets WHERE channel = ?";
    SECRETS_SINCE = "SELECT s.channel, s.name, s.sealed FROM channel_secrets s JOIN channels c ON c.id = s.channel \
        WHERE c.revision > ?1";
    CHANNEL_COUNT = "SELECT COUNT(*) FROM channels WHERE tenant = ? AND state <> 'deleted'";
    SECRET_WRITE = "INSERT INTO channel_secrets (channel, name, tenant, sealed) VALUES (?, ?, ?, ?) \
        ON CONFLICT (channel, name) DO UPDATE SET sealed = excluded.sealed";
    SECRET_DELETE = "DELETE FROM channel_secrets WHERE channel = ? AND name = ?";
    SECRETS_DELETE = "DELETE FROM channel_secrets WHERE channel = ?";
    ADDRESSES_TAKEN = "SELECT a.scope, a.address, a.tenant, c.name, c.pending_deletion_until FROM json_each(?1) AS asked \
        JOIN channel_addresses a ON a.scope = asked.value ->> 0 AND a.address = asked.value ->> 1 \
        JOIN channels c ON c.id = a.channel WHERE a.channel <> ?2";
    CHANNEL_ACTIVE = "SELECT COUNT(*) FROM channels WHERE id = ? AND state = 'active'";
    ADDRESS_CHANNEL = "SELECT tenant, channel FROM channel_addresses WHERE scope = ? AND address = ?";
    ADDRESSES_TAKE = "DELETE FROM channel_addresses WHERE channel = ?1 \
        AND (scope, address) NOT IN (SELECT value ->> 0, value ->> 1 FROM json_each(?3)); \
        INSERT INTO channel_addresses (scope, address, channel, tenant) \
        SELECT value ->> 0, value ->> 1, ?1, ?2 FROM json_each(?3) \
        WHERE (value ->> 0, value ->> 1) NOT IN (SELECT scope, address FROM channel_addresses WHERE channel = ?1)";
    ADDRESSES_RELEASE = "DELETE FROM channel_addresses WHERE channel = ?";

    QUEUE_READ = "SELECT id, tenant, key, name, strategy, agent_order, offer_timeout_secs, max_per_agent, \
        on_agent_lost, rules, created_at, updated_at, deleted_at, revision FROM queues WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    QUEUE_PAGE = "SELECT id, tenant, key, name, strategy, agent_order, offer_timeout_secs, max_per_agent, \
        on_agent_lost, rules, created_at, updated_at, deleted_at, revision FROM queues WHERE tenant = ?1 AND id > ?2 AND deleted_at IS NULL \
        ORDER BY id LIMIT ?3";
    QUEUE_SINCE = "SELECT id, tenant, key, name, strategy, agent_order, offer_timeout_secs, max_per_agent, \
        on_agent_lost, rules, created_at, updated_at, deleted_at, revision FROM queues WHERE revision > ?1 ORDER BY +id";
    QUEUE_CREATE = "INSERT INTO queues (id, tenant, key, name, name_key, strategy, agent_order, offer_timeout_secs, \
        max_per_agent, on_agent_lost, rules, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, ?13)";
    QUEUE_CHANGE = "UPDATE queues SET key = ?3, name = ?4, name_key = ?5, strategy = ?6, agent_order = ?7, \
        offer_timeout_secs = ?8, max_per_agent = ?9, on_agent_lost = ?10, rules = ?11, updated_at = ?12, revision = ?13 \
        WHERE id = ?1 AND tenant = ?2";
    QUEUE_DELETE = "UPDATE queues SET deleted_at = ?2, updated_at = ?2, revision = ?3 WHERE id = ?1";
    QUEUE_EXISTS = "SELECT COUNT(*) FROM queues WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL AND ?3 <> ''";
    QUEUE_NAMED = "SELECT id FROM queues WHERE tenant = ? AND name_key = ? AND deleted_at IS NULL";
    QUEUES_OF_PERSON = "UPDATE queues SET updated_at = ?2, revision = ?3 \
        WHERE id IN (SELECT queue FROM queue_members WHERE person = ?1)";
    MEMBERS_READ = "SELECT queue, person FROM queue_members WHERE queue = ? ORDER BY person";
    MEMBERS_OF_TENANT = "SELECT queue, person FROM queue_members WHERE tenant = ? ORDER BY queue, person";
    MEMBERS_SINCE = "SELECT m.queue, m.person FROM queues q CROSS JOIN queue_members m ON m.queue = q.id \
        WHERE q.revision > ?1 ORDER BY +m.queue, m.person";
    MEMBER_ADD = "INSERT INTO queue_members (queue, person, tenant) VALUES (?, ?, ?)";
    MEMBERS_CLEAR = "DELETE FROM queue_members WHERE queue = ?";
    MEMBERSHIPS_CLEAR = "DELETE FROM queue_members WHERE person = ?";

    PERSON_READ = "SELECT id, tenant, key, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        deleted_at, revision FROM people WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    PERSON_PAGE = "SELECT id, tenant, key, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        deleted_at, revision FROM people WHERE tenant = ?1 AND id > ?2 AND deleted_at IS NULL ORDER BY id LIMIT ?3";
    PERSON_SINCE = "SELECT id, tenant, key, name, email, number, pin_hash IS NOT NULL AS has_pin, \
        password_hash IS NOT NULL AS has_password, role, wrap_up_secs, capacity, language, created_at, updated_at, \
        deleted_at, revision FROM people WHERE revision > ?1 ORDER BY +id";
    PEOPLE_NAMED = "SELECT p.id FROM json_each(?2) AS named CROSS JOIN people p ON p.id = unhex(named.value) \
        WHERE p.tenant = ?1 AND p.deleted_at IS NULL";
    PERSON_EXISTS = "SELECT COUNT(*) FROM people WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL AND ?3 <> ''";
    PERSON_CREATE = "INSERT INTO people (id, tenant, key, name, email, email_key, number, number_key, pin_hash, \
        password_hash, role, wrap_up_secs, capacity, language, created_at, updated_at, revision) \
        VALUES (?1, ?2, ?15, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14)";
    PERSON_CHANGE = "UPDATE people SET key = ?12, name = ?2, email = ?3, email_key = ?4, number = ?5, number_key = ?5, \
        role = ?6, wrap_up_secs = ?7, capacity = ?8, language = ?9, updated_at = ?10, revision = ?11 WHERE id = ?1";
    PERSON_DELETE = "UPDATE people SET deleted_at = ?2, updated_at = ?2, revision = ?3, email = '', email_key = '', \
        pin_hash = NULL, password_hash = NULL, language = NULL WHERE id = ?1";
    PERSON_PIN = "UPDATE people SET pin_hash = ? WHERE id = ?";
    PERSON_PASSWORD = "UPDATE people SET password_hash = ? WHERE id = ?";
    PERSON_LANGUAGE = "UPDATE people SET language = ?3 WHERE tenant = ?1 AND id = ?2 AND deleted_at IS NULL";
    PEOPLE_WITH_EMAIL = "SELECT id FROM people WHERE email_key IN (?1, ?2) AND deleted_at IS NULL";
    PERSON_WITH_NUMBER = "SELECT id FROM people WHERE tenant = ? AND number_key = ? AND deleted_at IS NULL";
    PERSON_NUMBERS = "SELECT number_key FROM people WHERE tenant = ?1 AND deleted_at IS NULL AND number_key > ?2 \
        AND length(number_key) = 4 ORDER BY number_key LIMIT ?3";
    PEOPLE_COUNT = "SELECT COUNT(*) FROM people WHERE tenant = ? AND deleted_at IS NULL";
    SUPERVISOR_COUNT = "SELECT COUNT(*) FROM people WHERE tenant = ? AND role <> 'agent' AND deleted_at IS NULL";
    PEOPLE_EVER = "SELECT COUNT(*) FROM people";
    OTHER_ADMINISTRATORS = "SELECT COUNT(*) FROM people WHERE tenant = ? AND id <> ? AND role = 'administrator' \
        AND password_hash IS NOT NULL AND deleted_at IS NULL";

    CREDENTIALS_BY_EMAIL = "SELECT id, tenant, number, pin_hash, password_hash FROM people \
        WHERE email_key IN (?1, ?2) AND deleted_at IS NULL ORDER BY email_key = ?2 DESC LIMIT 1";
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

    ALERT_RAISE = "INSERT INTO alerts (tenant, facts, raised_at, mail_state, mail_at) VALUES (?1, ?2, ?3, 'waiting', ?3)";
    ALERT_TRIM = "DELETE FROM alerts WHERE tenant = ?1 AND id <= \
        (SELECT id FROM alerts WHERE tenant = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)";
    ALERT_PAGE = "SELECT id, tenant, facts, raised_at, mail_state, mail_at, mail_tries, mail_words FROM alerts \
        WHERE tenant = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    ALERTS_FIRST = "SELECT id, tenant, facts, raised_at, mail_state, min(mail_at) AS mail_at, mail_tries, mail_words \
        FROM alerts WHERE mail_state = 'waiting' GROUP BY tenant ORDER BY mail_at";
    ALERTS_GIVE_UP = "UPDATE alerts SET mail_state = ?3, mail_at = ?4, mail_words = ?5 \
        WHERE tenant = ?1 AND mail_state = 'waiting' AND raised_at <= ?2";
    ALERT_SETTLE = "UPDATE alerts SET mail_state = ?2, mail_at = ?3, mail_tries = ?4, mail_words = ?5 WHERE id = ?1";

    NAMES_OF_CHANNELS = "SELECT id, name, kind FROM channels WHERE tenant = ?";
    NAMES_OF_QUEUES = "SELECT id, name FROM queues WHERE tenant = ?";
    NAMES_OF_PEOPLE = "SELECT id, name FROM people WHERE tenant = ?";
}

#[cfg(test)]
mod tests {
    use sqlx::{
        AssertSqlSafe, Connection as _, Executor as _, Row as _, SqlSafeStr as _, SqliteConnection,
    };

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

    #[tokio::test]
    async fn what_is_asked_at_every_save_reads_no_more_than_it_finds() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        super::super::migrator().run(&mut db).await.unwrap();
        for (text, plan) in [
            (PEOPLE_WITH_EMAIL, "people_by_any_email (email_key=?)"),
            (CREDENTIALS_BY_EMAIL, "people_by_any_email (email_key=?)"),
            (SUPERVISOR_COUNT, "people_beyond_agents (tenant=?)"),
            (
                PERSON_NUMBERS,
                "people_by_number (tenant=? AND number_key>?)",
            ),
            (
                PERSON_WITH_NUMBER,
                "people_by_number (tenant=? AND number_key=?)",
            ),
            (PERSON_WITH_KEY, "people_by_key (tenant=? AND key=?)"),
            (PEOPLE_NAMED, "PRIMARY KEY (id=?)"),
            (PERSON_SINCE, "people_by_revision (revision>?)"),
            (QUEUE_SINCE, "queues_by_revision (revision>?)"),
            (MEMBERS_SINCE, "PRIMARY KEY (queue=?)"),
            (CHANNEL_SINCE, "channels_by_revision (revision>?)"),
            (DOCUMENT_SINCE, "documents_by_revision (revision>?)"),
        ] {
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {text}"));
            let rows = sqlx::query(explain).fetch_all(&mut db).await.unwrap();
            let steps: Vec<String> = rows.iter().map(|row| row.get("detail")).collect();
            let fits = |step: &String| step.starts_with("SEARCH") && step.ends_with(plan);
            assert!(steps.iter().any(fits), "{text}: {steps:?}");
        }
    }
}
