-- A contact's conversations are found through its addresses: one index less that each new conversation changes somewhere.
DROP INDEX conversations_contact;
