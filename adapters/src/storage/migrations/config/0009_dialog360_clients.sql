-- Whose each client of 360dialog is: our partnership sees the numbers of all of them, and the address with which a browser
-- comes back from the hub is whatever its person made of it. The tenant who brought a client first has it.
CREATE TABLE dialog360_clients (
    client_id TEXT    PRIMARY KEY,
    tenant    INTEGER NOT NULL REFERENCES tenants (id)
) STRICT, WITHOUT ROWID;
INSERT INTO dialog360_clients (client_id, tenant)
    SELECT settings ->> '$.provider.client_id', tenant FROM channels
    WHERE kind = 'whatsapp' AND settings ->> '$.provider.client_id' IS NOT NULL
    ORDER BY state = 'deleted', created_at, id
    ON CONFLICT (client_id) DO NOTHING;

-- What a sign-on under way found was shown to whoever asked, and it is sealed. They begin again.
DELETE FROM sign_ons WHERE kind = 'whatsapp';
