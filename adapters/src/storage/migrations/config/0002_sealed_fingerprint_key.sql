-- The key of the fingerprints signs visitors' tokens too, so it is sealed like every other secret. Where it stood in clear
-- are zeroes once it is sealed.

ALTER TABLE meta ADD COLUMN fingerprint_sealed BLOB;
