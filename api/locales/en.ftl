# Every text of the pages and of their scripts, in English. Keys begin with the page that they belong to;
# `common` is for all of them, `error` for the codes of the API.

## Everywhere

common-product = Écluse
common-account = Your account
common-back = Back
common-cancel = Cancel
common-close = Close
common-save = Save
common-retry = Try again
common-field-empty = This field cannot be empty.
common-filter = Filter
common-nothing-found = Nothing found
common-language = Language
common-sign-out = Sign out
common-password-change = Change your password
common-password-current = Current password
common-password-new = New password
common-password-changed = Your password is changed.
common-theme = Appearance
common-theme-auto = As the system
common-theme-light = Light
common-theme-dark = Dark
common-today = Today
common-yesterday = Yesterday
common-moment = a moment
common-noscript = This page needs JavaScript. Please allow it for this site, then reload.
common-channel-live-chat = Live chat
common-channel-sms = SMS
common-channel-email = E-mail
common-channel-facebook = Facebook
common-channel-whatsapp = WhatsApp

## Errors, by their code

error-network = The server cannot be reached. Check your connection; nothing you wrote is lost.
error-unavailable = The server is busy for the moment. Please try again shortly.
error-unexpected = Something went wrong. Please try again.
error-too-many-attempts = Too many attempts. Wait a few minutes, then try again.
error-too-many-requests = That was a little fast. Wait a moment, then try again.
error-sign-in-refused = This does not match. Check the address and the password, and the agent number and PIN if you have them.
error-forbidden = You are not allowed to do this.
error-not-found = This no longer exists.
error-stale = Something new has come in since you began to write.
error-closed = This conversation is closed.
error-conversation-open = A conversation with this contact is still open. Close it first.
error-banned = This customer is banned. Lift the ban first.
error-window-closed = The 24-hour reply window is closed.
error-offer-ended = This offer has ended; the chat has gone to somebody else.
error-already-taken = A colleague has just taken this conversation.
error-too-long = This is too long.
error-csrf = Your session has changed. Reload the page, then try again.
error-signed-out = You are signed out.
error-channel-deleted = The channel of this conversation has been deleted.
error-link-gone = This link has been used or has expired. Ask your administrator for another.
error-no-capacity = There is no room for another chat now.
error-no-seat = Every agent seat of the licence is taken. Wait until somebody signs out, or ask your administrator for more seats.
error-not-a-member = Only members of this queue can have this chat.
error-not-logged-in = This agent does not work in this queue now.
error-not-signed-in = This agent is not at their desk.
error-outbound-only = This agent works outbound, and gets no chats from queues.
error-too-short = This is too short.
error-too-easy = This password is too easy to guess.
error-wrong-password = This is not your current password.
error-field-required = This field is required.
error-field-taken = It is taken; choose another one.
error-field-taken-but = It is taken; { $suggestion } is free.
error-field-taken-by = It is already connected to the channel “{ $holder }”.
error-field-too-long = It is too long.
error-field-longer-than = It is too long: { $maximum } characters at most.
error-field-too-short = It is too short.
error-field-too-many = There are too many.
error-field-more-than = There are too many: { $maximum } at most.
error-field-too-few = There are too few.
error-field-too-deep = There are too many levels; five at most.
error-field-too-long-with-options = Too long together with the options that are shown below it: an SMS takes 1,530 characters.
error-field-out-of-range = This value is outside its limits.
error-field-between = Type a number between { $minimum } and { $maximum }.
error-field-invalid = This value is not valid.
error-field-invalid-characters = Some characters are not allowed here.
error-field-invalid-email = This does not look like an e-mail address.
error-field-invalid-number = Type a number in international format, for example +33612345678.
error-field-short-code = Short codes are not supported; type a whole number, for example +33612345678.
error-field-invalid-visitor = A visitor’s id has 22 letters, digits, hyphens and underscores: copy it from the profile at the desk.
error-field-invalid-psid = The id that Facebook gives to a customer has digits only, for example 8912345678901234.
error-field-invalid-domain = Type a domain name without https:// or a path, for example www.example.com.
error-field-scheme-not-allowed = Type the name alone, without https:// in front, such as www.example.com.
error-field-path-not-allowed = Type the domain name alone, with nothing after it, such as www.example.com.
error-field-port-not-allowed = Remove the port number: a domain stands for all ports.
error-field-domain-or-standalone = Name at least one domain, or tick below that the chat also opens on a page of its own.
error-field-invalid-wildcard = The star stands in front of a name of at least two parts, such as *.example.com.
error-field-ipv6-not-allowed = Browsers let no site at an IPv6 address hold the chat: type a name, or 127.0.0.1 for trials.
error-field-invalid-host = This is not a hostname.
error-field-port-apart = Type the name alone: the port has a field of its own.
error-field-invalid-url = Type a complete address that begins with https://.
error-field-invalid-color = Choose a color.
error-field-invalid-pin = The PIN has 4 to 10 digits.
error-field-invalid-key = Lower-case letters, digits, dots, hyphens and underscores only.
error-field-invalid-time = This date or time is not valid.
error-field-invalid-time-zone = This time zone is not known.
error-field-not-a-number = Type a whole number.
error-field-not-a-pair = Each line must be Name: value.
error-field-not-found = It does not exist any more; choose another one.
error-field-unknown-value = Choose one of the values offered.
error-field-unsupported = This is not supported.
error-field-ends-before-start = The end must come after the start.
error-field-in-use = Other things still use it.
error-field-read-only = This value cannot be changed.
error-field-number-not-in-service = This number is not among those of the chosen trunk: add it to the trunk, or choose another one.
error-field-trunk-disabled = This SMS trunk is disabled.
error-field-wrong-purpose = This form is made for another purpose; choose another one.
error-field-pending-deletion = This number is pending deletion until the end of the month; reactivate it or wait.
error-field-sign-on-needed = Connect the account first.
error-field-fills-itself = This field fills itself in; fill in the others first.
error-field-sign-on-unfinished = The window has not been finished; finish it, then save.
error-field-sign-on-expired = The sign-on has expired; start again.
error-field-licence = Your licence does not allow it.
error-field-duplicate = This value is there twice.
error-field-number-of-another = This is the number of another option of this menu: the answer would lead to that one.
error-field-private-address = This address of the internal network is not allowed.
error-field-unknown-column = The first line names an unknown column. The columns are: number, name, email, role, pin, wrap_up_secs, capacity, language, key.
error-field-not-utf8 = The file is not in UTF-8: save it so from your spreadsheet program.
error-field-duplicate-column = The first line names the column { $column } twice.
error-field-unclosed-quote = A quotation mark " opens a cell and is never closed.
error-field-unclosed-quote-at = The quotation mark " that opens on line { $line } is never closed, so that the lines below it would be a part of its cell. Nothing was imported.
error-field-invalid-pointer = Type a JSON pointer that begins with /, for example /data/id.
error-field-invalid-uuid = Copy it from the provider’s console: 36 characters such as 3fa85f64-5717-4562-b3fc-2c963f66afa6.
error-field-invalid-account-sid = It begins with AC, and 32 digits and letters from a to f follow.
error-field-not-digits = It has digits only, for example 9900000.
error-field-not-sendable = Letters without accents, digits and punctuation only, without spaces.
error-field-not-sendable-or-long = { $maximum } characters at most: letters without accents, digits and punctuation, without spaces.
error-field-in-the-past = This moment has passed already.
error-field-not-allowed = It is not allowed here.
error-field-not-for-this-provider = This provider does not use it.
error-field-fixed = It is fixed by the installation and cannot be changed here.
error-field-reused = Another thing uses it already.
error-field-no-number-left = No number of four digits is left.
error-field-type-of-name = A field named email is of the type e-mail address, and one named message of the type long text.
error-field-message-missing = A field named message, of the type long text, is needed.
error-field-password-needed = Type it again: the saved one is for another server.
error-field-wrong-kind = The connected account is not of the kind that this channel needs; connect again.
error-field-number-differs = Meta gives another number for this ID. Check both.
error-field-token-dead = This access is no longer valid. Connect the account again, or type another token.
error-field-wrong-token = This token is not one of a page for this installation. Connect the page again.
error-field-bad-number = Meta gives no usable number for this ID.
error-field-key-refused = 360Dialog does not accept this number’s key. Connect the account again.
error-field-webhook-refused = 360Dialog does not accept the webhook’s address. Ask whoever runs this installation to check its public address.
error-field-webhook-differs = 360Dialog sends this number’s messages to another address. Connect the account again.
error-field-provider-refused = The service refused. Try again in a moment, or check the account on its site.

## Sign-in

login-title = Sign in
login-lead = Welcome back. Your chats are waiting.
login-motto = Every conversation, in order, to the right person.
login-email = E-mail address
login-email-missing = Enter your e-mail address.
login-password = Password
login-password-missing = Enter your password.
login-reveal = Show the password
login-agent = Agent number and PIN
login-agent-help = Only if you were given a four-digit number and a PIN.
login-number = Number
login-pin = PIN
login-submit = Sign in
login-unsaved = Your session had ended: what you had just typed was not saved. Sign in to go back to that page.
login-forgotten = Forgotten your password? An administrator gives you a link to choose a new one.

## Invitation

invitation-title = Choose your password
invitation-lead = It is yours alone: nobody else can see it, not even your administrator.
invitation-password = Password
invitation-password-help = At least { $count } characters. A short sentence works well.
invitation-too-short = Use at least { $count } characters.
invitation-again = The same password again
invitation-different = The two passwords are not the same.
invitation-submit = Save the password
invitation-done = Your password is saved. You can sign in now.
invitation-to-login = Go to sign-in

## The desk: the page

desk-title = Desk
desk-skip = Skip to the conversation
desk-places = Pages
desk-chats = Chats
desk-conversation = Conversation
desk-contact = Contact
desk-tabs = Sections
desk-tab-mine = My desk
desk-tab-chats = Chats
desk-tab-unassigned = Waiting
desk-tab-all = All
desk-tab-me = Status
desk-notify = Notifications
desk-notifications-on = You will be notified when this page is in the background.
desk-notifications-off = Notifications were not allowed. You can change this in your browser.
desk-sound = Sound for new messages
desk-lost = Connection lost
desk-lost-connecting = reconnecting…
desk-lost-retry = next attempt in { $seconds } s
desk-lost-now = Try now
desk-signed-out = You are signed out.
desk-sign-in-again = Sign in

## The desk: presence

desk-presence = Your presence
desk-presence-available = Available
desk-presence-available-help = New chats may reach you.
desk-presence-busy = Busy
desk-presence-busy-help = You keep your chats and get no new ones.
desk-presence-away = Away
desk-presence-away-help = A break: no new chats.
desk-presence-offline = Offline
desk-presence-offline-help = You are logged out of your queues.
desk-go-online = Start working
desk-take-offline = Start working first, in this chat’s queue.
desk-work-summary = { $queues } of { $of } { $of ->
    [one] queue
   *[other] queues
} · { $strategy }
desk-my-queues = Queues I work in
desk-queue-taken-away = You no longer belong to one of these queues. Choose again.
desk-no-queue = You belong to no queue yet. Ask a supervisor to add you to one.
desk-strategy = Working strategy
desk-strategy-inbound = Inbound
desk-strategy-inbound-help = You work only for your queues.
desk-strategy-outbound = Outbound
desk-strategy-outbound-help = Your queues send you nothing; you write first.
desk-strategy-blended = Blended
desk-strategy-blended-help = You write first, and your queues send you chats as well.
desk-my-open = { $count ->
    [0] No open chat
    [one] { $count } open chat
   *[other] { $count } open chats
}
desk-my-offers = { $count ->
    [one] { $count } offer
   *[other] { $count } offers
}
desk-capacity = { $used } of { $capacity } units used; open chats and offers count

## The desk: lists

desk-offers = Offered to you
desk-offers-paused = Paused until the connection is back
desk-offer-title = A chat for you
desk-accept = Accept
desk-refuse = Refuse
desk-seconds-left = { $count ->
    [one] { $count } second left
   *[other] { $count } seconds left
}
desk-mine = My chats
desk-mine-empty = None at the moment. Chats you accept or take appear here.
desk-unassigned = Unassigned chats
desk-unassigned-empty = Nobody is waiting in the queues you work in.
desk-all = All conversations
desk-all-empty = No open conversation in this queue.
desk-all-queues = All queues
desk-show-more = Show { $count } more
desk-show-more-of-many = Show more
desk-count-or-more = { $count }+
desk-unread = { $count ->
    [one] { $count } unread message
   *[other] { $count } unread messages
}
desk-row-typing = typing…
desk-no-preview = No message yet
desk-waiting-for = waiting { $time }
desk-waiting-count = { $count ->
    [0] nobody waiting
    [one] { $count } waiting
   *[other] { $count } waiting
}
desk-announce-waiting = { $name } is waiting in { $queue }.
desk-announce-message = New message from { $name }: { $text }
desk-announce-offer = A chat with { $name } is offered to you; { $count } seconds to answer.

## The desk: the conversation

desk-empty = Choose a chat
desk-empty-help = The conversation opens here, with its contact and history beside it.
desk-empty-waiting = { $count ->
    [one] One customer is waiting in your queues.
   *[other] { $count } customers are waiting in your queues.
}
desk-empty-waiting-more = At least { $count } customers are waiting in your queues.
desk-empty-keys = to move through the chats
desk-empty-keys-all = for all shortcuts
desk-queue = Queue
desk-queues = Queues
desk-colleagues = Colleagues
desk-no-colleague = No colleague to give this to
desk-state-mine = Mine
desk-state-waiting = Waiting
desk-state-closed = Closed
desk-take = Take
desk-take-over = Take over
desk-assign = Assign
desk-transfer = Transfer
desk-close = Close
desk-more = Actions
desk-close-title = Close this conversation?
desk-close-body = If { $name } writes again, the conversation opens anew.
desk-done-closed = Conversation closed
desk-done-assigned = Assigned to { $name }
desk-done-transferred = Conversation transferred
desk-timeline = Messages
desk-timeline-failed = The messages could not be loaded.
desk-loading-older = Loading earlier messages
desk-new-messages = New
desk-new-below = New messages
desk-said-by = { $name }:
desk-author-customer = Customer
desk-author-agent = Agent
desk-author-chatbot = Chatbot
desk-author-program = Automatic
desk-author-system = System
desk-visitor = Visitor { $mark }
desk-reply-to = Answer this message
desk-reply-cancel = Do not answer a single message
desk-quote-earlier = In answer to an earlier message
desk-typing = { $name } is typing
desk-typing-colleague = { $name } is also writing an answer
desk-event-opened = Conversation opened
desk-event-opened-offline = A message was left while no chat was possible
desk-event-reopened = Conversation reopened
desk-event-assigned = Assigned to { $agent }
desk-event-assigned-by = Assigned to { $agent } by { $by }
desk-event-requeued = Moved to { $queue }
desk-event-requeued-by = Moved to { $queue } by { $by }
desk-event-first-answered = First answer
desk-event-first-answered-after = First answer after { $time }
desk-event-closed = Conversation closed
desk-event-closed-by = Closed by { $by }
desk-event-closed-why = Closed: { $why }
desk-event-erased = What was said before has been erased
desk-event-erased-by = { $by } has erased what was said before
desk-event-form-filled = The form { $form } was filled in
desk-event-bot-ended = The chatbot has finished
desk-event-other = Something else happened
desk-reason-customer = the customer ended it
desk-reason-idle = nobody wrote any more
desk-reason-channel-deleted = the channel was deleted
desk-status-queued = Waiting to be sent
desk-status-sent = Sent
desk-status-delivered = Delivered
desk-status-read = Read
desk-status-failed = Not delivered
desk-not-delivered = Not delivered: { $why }
desk-possible-duplicate = The provider’s answer was lost and this was sent again: it may have arrived twice.
desk-left = Left as a message: nobody waits for the answer.
desk-retrying = No answer yet; trying again
desk-stale-held = Held back: read what came in first
desk-send-again = Send again
desk-edit = Edit
desk-discard = Remove

## The desk: what a message holds

desk-media-image = Picture
desk-media-audio = Audio
desk-media-voice = Voice message
desk-media-video = Video
desk-media-document = Document
desk-media-sticker = Sticker
desk-media-pending = Kept by the provider
desk-location = Location
desk-contacts = Contact card
desk-choice = Chosen option
desk-reacted = Reacted with { $emoji }
desk-unknown = A kind of message that cannot be shown: { $kind }
desk-unknown-raw = What was received
desk-unknown-short = Other message

## The desk: writing

desk-composer = Write an answer
desk-composer-hint = Enter to send, Shift + Enter for a new line
desk-characters-left = { $count ->
    [one] { $count } character left
   *[other] { $count } characters left
}
desk-characters-over = { $count ->
    [one] { $count } character too many
   *[other] { $count } characters too many
}
desk-send = Send
desk-window-closing = The 24-hour reply window closes in { $left }.
desk-blocked-closed = This conversation is closed.
desk-blocked-closed-help = You are reading it; it cannot be answered any more.
desk-to-current = To the open conversation
desk-blocked-window = The 24-hour reply window is closed.
desk-blocked-window-since = Closed since { $at }. It opens again when the customer writes.
desk-blocked-window-help = It opens again when the customer writes.
desk-allowed = Still allowed: { $list }
desk-allowed-template = an approved template
desk-allowed-reply = an answer to a single message
desk-allowed-human-agent = an answer marked as from a person, within 7 days
desk-blocked-waiting = Nobody has taken this chat yet.
desk-blocked-waiting-help = Take it to answer.
desk-blocked-colleague = { $name } holds this conversation.
desk-blocked-colleague-help = You are reading it; only its holder answers.
desk-blocked-colleague-supervisor = You are reading it silently. Take it over to answer.
desk-stale = { $count ->
    [one] A message came in while you were writing
   *[other] { $count } messages came in while you were writing
}
desk-stale-yours = Your answer, not sent yet:
desk-send-anyway = Send anyway

## The desk: contact

desk-profile = Profile
desk-profile-empty = Who you are speaking with appears here.
desk-name = Name
desk-rename = Change the name
desk-identities = Reached at
desk-unreachable = Nobody was reached here on { $since }: WhatsApp could not deliver
desk-copy = Copy
desk-copied = Copied
desk-copy-failed = The browser did not allow copying.
desk-fields = Details
desk-field-email = E-mail
desk-field-phone = Telephone
desk-field-company = Company
desk-field-subject = Subject
desk-matches = { $count ->
    [one] Possibly the same person
   *[other] Possibly the same persons
}
desk-matches-help = A likeness only: nothing has been merged.
desk-data = What is kept about this contact
desk-data-export = Download everything
desk-data-erase = Erase everything
desk-data-erase-title = Erase this contact?
desk-data-erase-body = All conversations with { $name }, on every channel, will be gone for good, and the name and addresses with them. This cannot be undone.
desk-data-erased = The contact has been erased.
desk-match-email = same e-mail address
desk-match-phone = same telephone number
desk-match-name = same name
desk-match-history = Conversations of { $name }
desk-about = This conversation
desk-about-channel = Channel
desk-about-opened = Opened
desk-about-first-answer = First answer
desk-about-closed = Closed
desk-history = History
desk-history-empty-open = Earlier conversations of the contact appear here, from every channel.
desk-history-none = This is the first conversation with this contact.
desk-history-current = You are reading this one

## The desk: keyboard

desk-keys = Keyboard shortcuts
desk-keys-enabled = Single-key shortcuts
desk-key-next = Next chat
desk-key-previous = Previous chat
desk-key-accept = Accept the offer
desk-key-refuse = Refuse the offer
desk-key-take = Take the open chat
desk-key-composer = Go to the answer
desk-key-send = Send the answer
desk-key-newline = New line
desk-key-escape = Leave the field, then the chat
desk-key-help = This list

## The visitor's chat

chat-connecting = Connecting…
chat-reconnecting = Reconnecting…
chat-online = We are here
chat-away = Nobody is here just now
chat-unavailable = Not available
chat-welcome = Hello! How can we help?
chat-form-help = Tell us who you are, then we can begin.
chat-form-refused = Please check what you entered.
chat-name = Name
chat-email = E-mail address
chat-phone = Telephone
chat-subject = Subject
chat-message = Message
chat-optional = optional
chat-email-wrong = This does not look like an e-mail address.
chat-phone-wrong = This does not look like a telephone number.
chat-start = Start chat
chat-leave-title = Leave us a message
chat-leave-help = Nobody can chat with you just now. Write to us, and we will come back to you.
chat-leave-send = Send message
chat-left = Thank you. We have your message and will come back to you. You need not wait here.
chat-left-status = We have your message
chat-waiting = You are waiting for our team.
chat-give-up = Leave a message instead
chat-give-up-help = You need not wait: write to us, and we will come back to you.
chat-stay = Go on waiting
chat-messages = Messages
chat-choices = Your choice
chat-new-below = New messages
chat-write = Write a message
chat-send = Send
chat-characters-left = { $count ->
    [one] { $count } character left
   *[other] { $count } characters left
}
chat-characters-over = { $count ->
    [one] { $count } character too many
   *[other] { $count } characters too many
}
chat-you = You
chat-agent = Our team
chat-announce = { $name } says: { $text }
chat-typing = Our team is writing…
chat-status-sending = Sending
chat-status-sent = Received by us
chat-status-read = Read
chat-status-refused = Not sent
chat-refused-too-long = This message is too long.
chat-refused-empty = This message is empty.
chat-refused-too-fast = That was very fast. Wait a moment, then write again.
chat-refused-form = Please answer the questions before you write.
chat-refused-closed = The conversation has ended.
chat-refused-other = This message could not be sent.
chat-discard = Remove
chat-minimise = Hide the chat
chat-end = End chat
chat-end-title = End this chat?
chat-end-body = You can write to us again at any time.
chat-ended = The chat has ended
chat-ended-help = Thank you for writing. You can begin again at any time.
chat-ended-for-good = Thank you for writing.
chat-again = Write again
chat-banned-title = You cannot write here for now
chat-banned-body = This chat is not available to you for the moment. You can contact us in another way.
chat-refused-title = This chat is not available here
chat-refused-body = It only works on the website that it was made for.

## The launcher on a site

widget-open = Open the chat
widget-open-unread = Open the chat, unread messages: { $count }
widget-close = Hide the chat
widget-panel = Chat
widget-refused = Écluse chat: this site ({ $origin }) is not among the channel’s domains, so the chat does not show.

## The demonstration's ledger

demo-title = Pull the plug
demo-lead = A small crowd of simulated customers writes by WhatsApp all the time, and each of their messages is counted here. Kill the server as brutally as you like; the count must still be right when it comes back.
demo-waiting = Waiting for the first figures…
demo-running = The server is running.
demo-down = The server does not answer. If you have just killed it, start it again as described below.
demo-back = The server is back; the figures below have survived.
demo-verdict = What must stay at zero
demo-lost = Lost
demo-lost-help = Acknowledged to the sender, then not found.
demo-doubled = Doubled
demo-doubled-help = Sent again after a break and shown twice.
demo-disordered = Out of order
demo-disordered-help = Shown in another order than it was sent in.
demo-counts = The way of a message
demo-sent = Sent
demo-sent-help = Written by the simulated customers.
demo-acknowledged = Acknowledged
demo-acknowledged-help = The server said yes: it is on the disk.
demo-stored = Stored
demo-stored-help = Found in the conversations.
demo-shown = Shown
demo-shown-help = Arrived at an agent’s desk.
demo-answers = WhatsApp answers
demo-answers-help = Agents’ answers that WhatsApp’s stand-in accepted.
demo-since-restart = Since the last start
demo-since-restart-help = Messages acknowledged since the server started.
demo-try = Do it yourself
demo-try-1 = Keep this page open, and look at the numbers rising.
demo-try-2 = In another terminal, kill the server without warning. No shutdown, no last words:
demo-try-3 = This page says that the server does not answer. What was not acknowledged stays in the customers’ own notebook.
demo-try-4 = Start it again, in the same folder:
demo-try-5 = The page finds it by itself. The customers send again what had no answer; each message is there once, in order, and a line is added below.
demo-try-note = Do it as often as you like, also while many messages are under way. The simulated customers behave like the real companies’ services: what was not acknowledged is sent again.
demo-restarts = Restarts so far
demo-restart-at = When
demo-no-restart = None yet.
demo-next = Look around
demo-next-shop = The sample shop, with its chat
demo-next-desk = The agents’ desk

## The console: the frame

console-title = Administration
console-contact-centre = Contact Center
console-messaging = Messaging
console-team = Team
console-watch = Monitoring
console-platform = Platform
console-places = Pages
console-menu = Menu
console-sections = Administration sections
console-skip = Skip to the content
console-on-this-page = On this page
console-theme-auto = System
console-to-desk = Go to the agent desk
console-to-console = Back to administration
console-forbidden = This page is for administrators
console-forbidden-help = Your role does not let you change the configuration. If you need to, ask an administrator for that role.
console-missing = Nothing at this address
console-missing-help = This does not exist, or no longer. Somebody may have deleted it meanwhile.
console-expired = The page is out of date
console-busy = One moment, please
console-failed = Something went wrong
console-ok = OK
console-done = Done
console-yes = Yes
console-no = No
console-none = None
console-never = Never
console-choose = Choose…
console-copy = Copy
console-copied = Copied
console-refresh = Show the matching settings
console-pages = Pages of the list
console-page-of = { $from } to { $to } of { $count }
console-page-previous = Previous
console-page-next = Next
console-filter-clear = Clear filters
console-done-created = Created.
console-done-saved = Saved.
console-done-deleted = Deleted.
console-done-lifted = The ban is lifted.
console-done-reactivated = The channel is active again.
console-done-revoked = The key is revoked. Programs that use it no longer have access.
console-done-sent = The message is on its way again.
console-done-put-away = The dead letter is put away.
console-done-pending = The number is pending deletion until the end of the month.

## The console: forms

console-general = General
console-name = Name
console-description = Description
console-required = Required fields
console-refused = Nothing was saved. Please correct:
console-refused-verify = Nothing was verified. Please correct:
console-refused-other = Nothing was done. Please correct:
console-refused-elsewhere = A setting that is not on this page
console-secret-kept = Stored; leave it empty to keep it.
console-secret-again = Enter it again: what was typed is not kept as long as nothing is saved.
console-secret-forget = Delete the stored value
console-row-up = Move up
console-row-down = Move down
console-row-remove = Remove
console-conflict = Somebody else saved meanwhile
console-conflict-who = { $name } changed this ({ $at }). What you typed is still in the form below.
console-conflict-somebody = This was changed since you opened it. What you typed is still in the form below.
console-conflict-same = Both versions say the same.
console-conflict-elsewhere = No field of this form changed meanwhile: it was something else, such as its state.
console-conflict-field = Field
console-conflict-theirs = Saved now
console-conflict-yours = What you typed
console-save-anyway = Save anyway
console-take-theirs = Use the saved version
console-changed-meanwhile = Somebody changed this since you opened the page. Check it, then try again.
console-refused-channel-deleted = This channel was deleted; it is kept for its history only.
console-refused-last-administrator = This is the last administrator: nobody could administer any more.
console-refused-agent-logged-in = This agent is at work. Wait until they go offline.
console-refused-agent-has-conversations = This agent has open conversations. Close or transfer them first.
console-refused-in-use = Not possible: other things still use it.
console-refused-not-pending = This channel is not pending deletion.
console-refused-not-empty = { $count ->
    [one] One conversation is still open in it. Close or transfer it first.
   *[other] { $count } conversations are still open in it. Close or transfer them first.
}
console-refused-too-often = Other attempts are still running. Wait { $seconds } s, then try again.
console-refused-unreachable = This provider’s service does not answer right now. Nothing was saved; try again in a moment.
console-refused-unreadable = What was sent could not be read. Reload the page, then try again.
console-refused-not-set = This service is not set up on this installation: the setting “{ $setting }” is missing. Ask whoever runs this installation to set it, then try again.
console-refused-not-usable = This service cannot be used on this installation: the setting “{ $setting }” is not valid. Ask whoever runs this installation to correct it, then try again.
console-refused-channels = Your licence allows no further channel: { $used } of { $limit } are in use. Delete a channel, or ask the platform’s administrator for a larger licence.
console-refused-agents = The licence has { $limit } agents logged in at once; there are { $used } agents. Facebook and WhatsApp need somebody who may answer.
console-refused-supervisors = Your licence allows no further supervisor or administrator: { $used } of { $limit } are in use. Take this role from somebody, or ask the platform’s administrator for a larger licence.
console-refused-omnichannel = Your licence lacks the Omnichannel module, which Facebook and WhatsApp channels need. Ask the platform’s administrator for it.
console-refused-survey = Your licence lacks the survey module. Untick the survey, or ask the platform’s administrator for the module.
console-french = French
console-english = English
console-monday = Monday
console-tuesday = Tuesday
console-wednesday = Wednesday
console-thursday = Thursday
console-friday = Friday
console-saturday = Saturday
console-sunday = Sunday
console-time-from = Time from
console-time-to = Time to
console-window-add = Add a time range
console-unit-mb = MB
console-unit-seconds = seconds
console-unit-hours = hours
console-unit-days = days
console-unit-units = units

## The console: channels

console-channels = Channels
console-channels-lead = How your customers write to you, and where their messages arrive.
console-channels-search = Name, address or destination
console-channels-empty = No channel yet
console-channels-empty-help = Add one: a chat on your site, a phone number, a mailbox.
console-all-kinds = All kinds
console-all-states = All states
console-column-channel = Channel
console-column-address = E-mail/Number/Domain
console-column-destination = Destination
console-column-routing = Routing
console-column-edit = Edit
console-column-delete = Delete
console-not-connected = Not connected yet
console-own-page-only = A page of its own, by its link
console-more-domains = { $count ->
    [one] and { $count } more domain
   *[other] and { $count } more domains
}
console-queue = Queue
console-chatbot = Chatbot
console-routing-auto = Queue: Auto Assignment
console-routing-manual = Queue: Manual Assignment
console-routing-chatbot = Chatbot
console-queue-nobody = This queue has no agents: chats wait in it and nobody sees them.
console-state-active = Connected
console-state-degraded = Degraded
console-state-sign-in = Sign-in required
console-state-pending = Pending deletion
console-state-deleted = Deleted
console-health-connected = Connected
console-health-untried = Not yet tried
console-health-degraded = Degraded: { $why }
console-health-sign-in = Sign-in required
console-health-pending = To be deleted on { $date }
console-health-unknown = unknown cause
console-trouble-sign-in = Access to the account expired or was withdrawn. Sign on again below so that messages flow again.
console-trouble-pending = This number is pending deletion. It still works, and you can reactivate it until then.
console-trouble-degraded = This channel does not work entirely at the moment. Verify its connection below.
console-trouble-receiving = This channel cannot receive messages at the moment. Verify its IMAP connection below.
console-trouble-sending = This channel cannot send messages at the moment. Verify its SMTP connection below.
console-trouble-both = This channel can neither receive nor send messages at the moment. Verify both connections below.
console-channel-add = Add channel
console-channel-add-lead = Choose a kind. Nothing is created until you save its settings.
console-channel-kind = Kind of channel
console-channel-kind-missing = Choose a kind of channel.
console-kind-live-chat = A chat on your web site
console-kind-sms = A number that receives and sends text messages
console-kind-email = A mailbox, on your server or at Microsoft or Google
console-kind-facebook = Messages to a Facebook page
console-kind-whatsapp = A WhatsApp Business number
console-channel-name = Channel name
console-channel-name-offered = Empty: the one of the connected account.
console-channel-name-number = Empty: the number.
console-channel-name-help = What agents read, and the visitors of a chat. Empty: the domain, the number or the e-mail address.
console-channel-delete = Delete channel
console-channel-question = Delete the channel “{ $name }”?
console-channel-gone = The channel “{ $name }” is deleted.
console-channel-gone-at = The channel “{ $name }” was deleted ({ $at }).
console-gone-help = It can no longer be changed: it is kept for its history only.
console-gone-back = Back to the list
console-channel-open = { $count ->
    [0] No conversation is open on it.
    [one] { $count } conversation is open on it; it will be closed.
   *[other] { $count } conversations are open on it; they will be closed.
}
console-channel-open-many = More than { $count } conversations are open on it; they will be closed.
console-channel-warning = Deletion is permanent. The history of its conversations is kept.
console-destination = Destination
console-destination-help = A chatbot first guides the customer by options; a queue takes them directly.
console-destination-queue = Destination queue
console-destination-queue-help = The queue that receives new messages.
console-replies = Auto replies
console-replies-help = Sent once in a conversation. An empty text sends nothing; a reply that is switched off keeps its text; where one language is missing, the other is used.
console-reply-welcome = Welcome
console-reply-welcome-help = On the customer’s first message.
console-reply-welcome-on = Send the welcome
console-reply-hours = Outside operation times
console-reply-hours-help = Instead of the welcome, while you are closed. On a closed date, {"{reason}"} becomes its description; without it, the description stands below.
console-reply-hours-on = Send the reply outside operation times
console-reply-nobody = No agent available
console-reply-nobody-help = When nobody is logged in to the queue.
console-reply-nobody-on = Send the reply when no agent is available
console-reply-closed = Conversation closed
console-reply-closed-help = When an agent closes the conversation, or a long silence does.
console-reply-closed-on = Send the reply when a conversation is closed
console-channel-language = Language of the channel
console-channel-language-help = For automatic texts, when the customer’s language is not known.
console-language-tenant = The one of the settings
console-verify = Verify connection
console-verify-imap = Verify connection (IMAP)
console-verify-smtp = Verify connection (SMTP)
console-verified = The connection works.
console-verified-numbers = The access works, and the numbers belong to this account.
console-verified-signed-in = The access works. Whether the numbers belong to this account, the provider does not tell.
console-verified-reached = The provider answers. Only a real message will show whether it accepts the access.
console-verified-nothing = The settings are complete. Only a real message will show whether they work.
console-verify-name = This host name does not exist. Check its spelling.
console-verify-connection = Nothing answers on this port. Check the host, the port and the firewall.
console-verify-timeout = The server took too long to answer. Try again, or check the port and the firewall.
console-verify-tls = The encrypted connection failed. Check the chosen security.
console-verify-untrusted = The server’s certificate comes from an authority that is not trusted here. Have it replaced, or have the authority added to this installation.
console-verify-wrong-name = The server’s certificate is for another name. Enter the name that it is for.
console-verify-expired = The server’s certificate is not valid today. Have it renewed.
console-verify-no-tls = This port does not speak TLS. Choose another security or another port.
console-verify-implicit = This port speaks TLS from the first byte. Choose “TLS”.
console-verify-tls-required = The server refuses to sign in without encryption. Choose “STARTTLS” or “TLS”.
console-verify-greeting = The server hung up instead of greeting. Check the port, or ask whether this address may connect.
console-verify-not-imap = What answers here is not an IMAP server. Check the port.
console-verify-not-smtp = What answers here is not an SMTP server. Check the port.
console-verify-sign-in = The server refused the user name or the password.
console-verify-app-password = This account needs an app password instead of its usual one. Create one in its security settings.
console-verify-oauth = This account is not opened by a password. Choose its provider above and sign on.
console-verify-disabled = This protocol is switched off for the account. Switch it on in its settings.
console-verify-not-offered = The server offers no way to sign in that is known here. Check the security and the port.
console-verify-later = Too many attempts. Wait a few minutes, then try again.
console-verify-folder = Signed in, but there is no inbox that can be opened.
console-verify-sender = Signed in, but the server does not send for this address. Check the address, or the account’s rights to it.
console-verify-account = The service refused the account.
console-verify-number = The service refused the number.
console-verify-connect-again = The access is no longer valid. Connect again.
console-verify-not-available = This service is not set up on this installation. Ask whoever runs it.
console-verify-not-set = Something is missing. Fill in the fields above.
console-verify-not-usable = A value does not suit this provider. Correct it, and save.
console-verify-password-needed = The server or the user is not the saved one. Type the password again to try it.
console-verify-not-assigned = The number does not belong to this account.
console-verify-cannot-text = The number cannot send or receive text messages.
console-verify-system-id = The provider does not know this System ID. Check it.
console-verify-system-type = The provider does not accept this System type. Check it.
console-verify-bind = The provider refused to open the session. Ask it how many sessions it allows, and whether it accepts this server’s address.
console-verify-inactive = The account is suspended or closed. Settle it with the provider.
console-verify-bad-address = The address is not valid. Correct it.
console-verify-fault = The service did not answer as it should. Try again later, or check the address.
console-verify-not-found = The service does not know this identifier. Check it.
console-verify-hub-permission = The permission was taken back at 360Dialog: connect again.
console-verify-hub-terminated = 360Dialog has ended the number. It can be brought back in the 360Dialog hub.
console-verify-hub-deleted = 360Dialog has deleted the number.
console-verify-hub-templates = 360Dialog has switched off template messages.
console-verify-hub-violation = WhatsApp reports a violation of its rules.
console-verify-hub-restriction = WhatsApp restricts the account.
console-health-rests = The channel failed too often and rests for a while. What it was told meanwhile is among the dead letters.
console-health-setting = The setting { $setting } is missing. The operator of this installation sets it.
console-verify-other = The verification failed.

## The console: live chat

console-domain = Domain
console-domain-add = Add a domain
console-domain-none = No domain. The chat appears nowhere.
console-domain-none-standalone = No domain: the chat opens on its own page only.
console-domains-help = The sites where the chat works, without https://. The first is shown in the list of channels; *.example.com covers the subdomains.
console-live-chat-forms-help = What the visitor fills in before chatting, or when nobody can answer.
console-prechat-form = Pre-chat form
console-prechat-form-help = Before the chat.
console-leave-form = Leave-a-message form
console-leave-form-help = Outside operation times, when nobody is logged in to the queue, or when the visitor gives up waiting.
console-leave-form-usual = Usual form (name, e-mail and message)
console-form-usual = Usual form (name and e-mail)
console-look = Look
console-look-help = The preview follows what you type; your visitors see it once saved.
console-color = Color
console-color-own = Use this color
console-color-help = Otherwise the bubble is blue.
console-chat-title = Title
console-chat-title-help = At the top of the chat. Empty: the name of the channel.
console-chat-greeting = Greeting
console-chat-greeting-help = Above the pre-chat form.
console-preview = Preview
console-preview-title = Chat
console-widget = Chat Widget
console-widget-help = The code that shows the chat on your site.
console-widget-later = The code comes after saving
console-widget-later-help = Save the channel: its code appears here, ready to be copied.
console-snippet = Paste it into each page, right before </body>
console-standalone = The chat also opens as a page of its own
console-standalone-help = For a link in an e-mail or a signature, without a web site.
console-standalone-link = Link to its own page

## The console: SMS

console-number = Number
console-sms-number-help = In international format. It must belong to an active SMS trunk.
console-sms-trunk = SMS trunk
console-sms-trunk-help = The service that carries this number’s messages.

## The console: e-mail

console-mail-provider = Email provider
console-mail-provider-help = The choice changes the settings below.
console-provider-custom = Custom server
console-provider-microsoft = Microsoft
console-provider-gmail = Gmail
console-mail-address = E-mail address
console-mail-address-help = The address that your customers write to, and that replies come from.
console-imap = IMAP connection
console-imap-help = For receiving e-mails.
console-imap-host = IMAP server
console-imap-username = IMAP user name
console-imap-port = IMAP port
console-imap-host-help = Usual port: 993 (TLS).
console-smtp = SMTP connection
console-smtp-help = For sending replies.
console-smtp-host = SMTP server
console-smtp-username = SMTP user name
console-smtp-port = SMTP port
console-smtp-host-help = Usual port: 587 (STARTTLS).
console-username = Username
console-password = Password
console-host = Hostname
console-port = Port
console-security = Security
console-tls = TLS
console-starttls = STARTTLS
console-no-tls = None
console-microsoft = Microsoft account
console-microsoft-help = You sign in at Microsoft and accept the permissions; no password is typed here. The servers fill themselves in.
console-microsoft-sign-on = Microsoft SignOn
console-gmail = Gmail account
console-gmail-help = You sign in at Google and allow access; no password is typed here. The servers fill themselves in.
console-gmail-sign-on = Gmail SignOn
console-delivery = Delivery
console-attachment-max = Attachment size limit
console-attachment-max-help = From 1 to 25 MB. A larger e-mail arrives without the oversized parts, with a note.
console-check-interval = E-mail check interval
console-check-interval-help = From 10 to 3,600 seconds. Where the server allows it, e-mails arrive at once.

## The console: sign-ons

console-sign-on = Sign-on
console-sign-on-open = Open the sign-on window
console-sign-on-check = I have finished
console-sign-on-ready = The account is connected. Choose the destination, then save.
console-sign-on-waiting = The sign-on is not finished yet. If its window was closed before the end, open it again.
console-sign-on-failed = The sign-on did not succeed: { $why }
console-sign-on-gone = The sign-on has expired. Please start again.
console-before-you-begin = Before you begin
console-needs-met = there
console-needs-unmet = missing
console-needs-version = Écluse { $version }, installed here
console-needs-connect = The connect service for accounts, set up on this installation
console-needs-connect-setting = The connect service for accounts: setting “{ $setting }” of this installation
console-needs-seats = Agent edition: enough seats for the expected load
console-needs-seats-of = Agent edition: enough seats for the expected load (seats: { $seats }, people: { $people })
console-needs-supervisors = Supervisor edition: seats
console-needs-omnichannel = The Omnichannel module in your licence
console-needs-facebook = An active Facebook account
console-needs-business = A Meta business account (Business Manager)
console-needs-developer = A Meta developer account
console-needs-app = A Meta app, your own or one that you were added to
console-needs-own-number = A number that you own
console-needs-country-code = With country and area code (no short codes)
console-needs-reachable = Able to receive a verification call or SMS
console-needs-business-manager = A Facebook account with a Business Manager
console-needs-partner = A 360Dialog WhatsApp partner account
console-facebook-page = Facebook page
console-facebook-name = Name
console-facebook-id = ID
console-facebook-connect = Connect with Facebook
console-filled-by-facebook = Filled in after connecting.
console-whatsapp-number = WhatsApp number
console-whatsapp-connect = Connect with WhatsApp
console-filled-by-whatsapp = Filled in after connecting.
console-whatsapp-provider = Provider
console-whatsapp-provider-help = Who carries the number’s messages.
console-whatsapp-dialog360 = 360Dialog
console-whatsapp-cloud = Meta Cloud API
console-whatsapp-cloud-help = From your Meta app, under WhatsApp > API setup. The number is read from Meta when you save.
console-whatsapp-phone-number-id = Phone number ID
console-whatsapp-account-id = WhatsApp Business account ID
console-whatsapp-token = Access token
console-whatsapp-token-help = Of a system user, without an expiry date, with the permissions whatsapp_business_messaging and whatsapp_business_management.
console-whatsapp-client = 360Dialog Client ID
console-whatsapp-channel = 360Dialog Channel ID
console-webhook-url = Webhook address
console-webhook-url-help = Give it to the provider if they ask for it.
console-reactivate = Reactivate this number
console-whatsapp-question = Are you sure you want to delete the number: { $number }?
console-whatsapp-scheduled = The deletion of the number { $number } is already scheduled: it works up to and including { $date }.
console-whatsapp-pending = If the number is deleted, it will go to a pending deletion status that lasts until the end of the current month.
console-whatsapp-meanwhile = Please note that during this time you can send or receive messages and reactivate your number, but you cannot create a new WhatsApp channel with it.
console-whatsapp-open = { $count ->
    [0] No conversation is open on it.
    [one] { $count } conversation is open on it; it goes on, and what is still open at the end of the month is closed.
   *[other] { $count } conversations are open on it; they go on, and those still open at the end of the month are closed.
}
console-whatsapp-open-many = More than { $count } conversations are open on it; they go on, and those still open at the end of the month are closed.
console-whatsapp-reactivate = To reactivate your number, please contact your administrator of the 360Dialog partner hub.

## The console: queues

console-queues = Queues
console-queues-lead = One topic or department for each queue; agents work its chats.
console-queues-search = Name of the queue
console-queues-empty = No queue yet
console-queues-empty-help = Add one, so that messages have a place to arrive.
console-queue-add = Add queue
console-queue-delete = Delete queue
console-queue-question = Delete the queue “{ $name }”?
console-queue-warning = Deletion is permanent. It is refused while a channel or chatbot leads to it.
console-queue-name-help = 1 to 64 letters, digits, spaces, _ or -.
console-strategy = Strategy
console-strategy-auto = Auto Assignment
console-strategy-auto-help = The system offers each chat to an available agent.
console-strategy-manual = Manual Assignment
console-strategy-manual-help = Agents take chats; agents and supervisors may also give them to others.
console-members = Members
console-members-help = The agents who may work in this queue.
console-members-search = Name or number of the agent
console-agents = Agents
console-agent = Agent
console-offers = Distribution
console-offers-help = Who gets a chat, and how many at once.
console-order = Order
console-order-help = Who is offered a chat first.
console-order-longest-idle = Longest idle
console-order-round-robin = Round robin
console-order-fewest-open = Fewest open chats
console-order-most-spare = Most spare capacity
console-offer-timeout = Offer time-out
console-offer-timeout-help = Then the chat is offered to the next agent.
console-max-per-agent = Chats per agent
console-max-per-agent-help = At most, in this queue. E-mails are counted apart, up to the same number. 0: no limit.
console-agent-lost = When an agent is lost
console-agent-lost-help = What becomes of their open chats after the grace time.
console-lost-keep = They stay theirs
console-lost-requeue = They go back to the queue
console-hours = Operation Times
console-hours-help = When new chats are taken; an open chat goes on.
console-hours-status = Operation times
console-hours-inherit = Inherit
console-hours-inherit-help = The times of the general settings.
console-hours-on = Yes
console-hours-on-help = Times of this queue’s own.
console-hours-off = No
console-hours-silent = Outside operation times, whoever writes here hears nothing: the reply for that has no text.
console-hours-silent-channels = Outside operation times, whoever writes on these channels hears nothing, because their reply for that has no text: { $channels }
console-hours-off-help = Always open.
console-open-days = Open days
console-open-days-help = Leave closed days empty. An end before the start is on the next day; the same time at the start and the end is the whole day.
console-closed-dates = Closed dates
console-closed-dates-help = They win over open days.
console-closed-date = Closure
console-closed-date-add = Add a closure
console-closed-date-none = No closure planned.
console-closed-date-help = Customers read it in the reply outside operation times: in place of {"{reason}"}, else below the text. It may be empty.
console-date-from = From
console-date-to = To
console-care = Customer care
console-returning = Offer a returning customer to the agent who knows them
console-returning-help = For as long as the settings say.
console-survey = Send a customer survey at the end
console-survey-help = Needs the survey module in the licence.

## The console: chatbots

console-chatbots = Chatbots
console-chatbots-lead = A menu of options that leads the customer to the right queue.
console-chatbots-search = Name of the chatbot
console-chatbots-empty = No chatbot yet
console-chatbots-empty-help = Add one to guide your customers before an agent answers.
console-chatbot-add = Add chatbot
console-chatbot-delete = Delete chatbot
console-chatbot-question = Delete the chatbot “{ $name }”?
console-chatbot-warning = Deletion is permanent. It is refused while a channel leads to it.
console-bot-says = What it says
console-bot-says-help = To the customer, in their language.
console-bot-greeting = Greeting
console-bot-greeting-help = Above the options. Empty: the options alone.
console-bot-invalid = Unknown answer
console-bot-invalid-help = When the answer is none of the options.
console-bot-handover = Handover
console-bot-handover-help = When a queue was chosen.
console-options = Options
console-options-help = At most ten on each of five levels. The customer answers with the number or the text.
console-option = Option
console-option-add = Add an option
console-option-none = No option.
console-option-label = Text of the option
console-option-leads-to = Leads to
console-option-answer = Answer
console-leads-to-queue = A queue
console-leads-to-text = An answer, then the options again
console-leads-to-menu = More options
console-menu-text = Text above these options
console-menu-options = Further options
console-bot-limits = Limits
console-fallback = Default queue
console-fallback-help = After too many unknown answers, or without an answer.
console-invalid-max = Unknown answers in a row
console-invalid-max-help = Before the default queue.
console-bot-timeout = Without an answer for
console-bot-timeout-help = Then the default queue; without one the chat is closed.
console-concurrency = Chats at once
console-concurrency-help = 0: no limit.
console-try = Try it out
console-try-again = Start again
console-try-answer = Your answer
console-try-send = Send
console-try-you = You
console-try-bot = Chatbot
console-try-queue = → Queue:
console-try-empty = First add an option with a text.
console-try-noscript = Trying it out needs JavaScript; the rest of the page works without.

## The console: the visitors' forms

console-forms = Forms
console-forms-lead = What your visitors fill in before a chat, or when nobody can answer.
console-forms-search = Name of the form
console-forms-empty = No form yet
console-forms-empty-help = Without a form, the chat asks for name and e-mail address.
console-form-add = Add form
console-form-delete = Delete form
console-form-question = Delete the form “{ $name }”?
console-form-warning = Deletion is permanent. It is refused while a channel uses it.
console-purpose = Purpose
console-purpose-help = Decides where the form can be chosen.
console-purpose-prechat = Before the chat
console-purpose-leave = Leave a message
console-form-words = Texts
console-form-words-help = At the top of the form.
console-form-title = Title
console-form-intro = Introduction
console-form-fields = Fields
console-form-fields-help = In the order in which the visitor sees them.
console-field = Field
console-field-add = Add a field
console-field-none = No field.
console-field-label = Label
console-field-name = Technical name
console-field-name-help = Unique in the form, for example email.
console-field-type = Type
console-field-required = An answer is required
console-type-text = Text
console-type-email = E-mail address
console-type-phone = Phone number
console-type-multiline = Long text
console-type-choice = Choice
console-choices = Choices offered
console-choice = Choice
console-choice-add = Add a choice
console-choice-none = No choice.

## The console: SMS trunks

console-sms-trunks = SMS trunks
console-sms-trunks-lead = The services that carry your text messages, and the numbers that they serve.
console-sms-trunks-search = Name or number
console-sms-trunks-empty = No SMS trunk yet
console-sms-trunks-empty-help = Add one, so that you can create SMS channels.
console-sms-trunk-add = Add SMS trunk
console-sms-trunk-delete = Delete SMS trunk
console-sms-trunk-question = Delete the SMS trunk “{ $name }”?
console-sms-trunk-warning = Deletion is permanent. It is refused while a channel uses it.
console-provider = Provider
console-numbers = Numbers
console-numbers-help = The numbers enabled for SMS, in international format.
console-number-add = Add a number
console-number-none = No number.
console-enabled = Enabled
console-disabled = Disabled
console-trunk-enabled = This trunk is active
console-trunk-enabled-help = Disabled, it neither sends nor receives.
console-trunk-verify = Test the saved trunk
console-trunk-telnyx = Telnyx
console-trunk-bandwidth = Bandwidth
console-trunk-twilio = Twilio
console-trunk-vi = VoIP Innovations
console-trunk-ozsms = OZSMS
console-trunk-smpp = SMPP
console-trunk-http = HTTP (another service)
console-api-key = API key
console-messaging-profile = Messaging profile ID
console-public-key = Public key
console-public-key-help = Verifies the signature of inbound messages.
console-user-id = User ID
console-app-id = Application ID
console-account-sid = Account SID
console-auth-token = Auth Token
console-login = Login
console-secret = Secret
console-smpp-tls = Encrypt the connection (TLS)
console-system-id = System ID
console-system-type = System type
console-bind = Bind
console-bind-transceiver = Transceiver (one session both ways)
console-bind-pair = Transmitter and receiver (two sessions)
console-binds = Sessions
console-window = Window
console-enquire-link = Enquire link
console-url = Address (URL)
console-method = Method
console-method-post = POST
console-method-get = GET
console-method-put = PUT
console-headers = Headers
console-headers-help = One in each line, as Name: value.
console-body = Body of the request
console-body-help = With the service’s placeholders for number and text.
console-id-pointer = Pointer to the id
console-id-pointer-help = Where the JSON answer has the id of the message, for example /data/id.
console-token = Token
console-token-help = Protects the address that receives messages.

## The console: agents

console-agents-lead = The people who sign in: agents, supervisors and administrators.
console-agents-search = Name, number or e-mail
console-agents-empty = Nobody yet
console-agents-empty-help = Add your agents one by one, or import them from a CSV file.
console-all-roles = All roles
console-agent-add = Add agent
console-agent-delete = Delete agent
console-agent-question = Delete { $name }?
console-agent-warning = Deletion is permanent and cannot be undone. It is refused while the agent is logged in.
console-agent-invited = Invitation pending
console-full-name = Full name
console-email = E-mail
console-agent-email-help = Used to sign in.
console-role = Role
console-role-agent = Agent
console-role-agent-help = Answers customers.
console-role-supervisor = Supervisor
console-role-supervisor-help = Also sees all conversations and assigns them.
console-role-administrator = Administrator
console-role-administrator-help = Also changes the configuration.
console-work = Work
console-work-help = Number, PIN and load.
console-agent-number-help = Four digits, unique. Empty: the first free number.
console-pin = PIN
console-pin-help = 4 to 10 digits, asked at sign-in.
console-pin-required = PIN required
console-wrap-up = Wrap Up Time (sec)
console-wrap-up-help = Between the end of a chat and the next offer.
console-capacity = Capacity
console-capacity-help = In units. What a conversation of each channel takes is set in Settings, “Agents’ load”.
console-agent-pages = Pages
console-language-browser = The browser’s
console-invite = New link to choose a password
console-invitation = Invitation link
console-invitation-help = Hand it to the person: it lets them choose a password, once, within 7 days. It is shown only now.
console-once-label = Copy it now
console-import = Import
console-export = Export
console-import-lead = Adds agents whose number is unknown, and updates the others.
console-import-help = The first line names the columns; name and email are required. Whoever is added has no password yet: their page gives the link to choose one.
console-import-file = Choose a CSV file
console-import-text = CSV content
console-import-empty = Paste the content of the CSV file.
console-import-report = Result of the import
console-import-summary = Added: { $added }, updated: { $changed }, unchanged: { $unchanged }, skipped: { $skipped }.
console-import-line = Line
console-import-outcome = Result
console-import-added = Added
console-import-changed = Updated
console-import-unchanged = Unchanged
console-import-skipped = Skipped

## The console: API keys

console-api-keys = API keys
console-api-keys-lead = Access of programs to the REST interface.
console-api-keys-empty = No key yet
console-api-keys-empty-help = Make one for each program, so that it can be revoked alone.
console-api-key-add = Create key
console-api-key-name-help = The program that it is for.
console-api-key-role-help = What the program may do.
console-api-key-new = New API key
console-api-key-new-help = It is shown only now: copy it into your program.
console-api-key-revoke = Revoke
console-api-key-question = Revoke the key “{ $name }”?
console-api-key-warning = Programs that use it lose access at once.
console-created = Created
console-last-used = Last used

## The console: settings

console-settings = Settings
console-settings-lead = What holds for all of messaging.
console-settings-general = General
console-alert-email = Alert e-mail
console-alert-email-help = Receives the alerts: a customer who was banned automatically, a channel in trouble or to be connected again. A ban by hand sends none.
console-time-zone = Time zone
console-time-zone-help = For operation times and deadlines.
console-tenant-language = Language of automatic texts
console-tenant-language-help = When the customer’s is not known.
console-public-url = Public address
console-public-url-help = Snippets, links and webhooks are made of it. The installation may have fixed it.
console-mail = Outgoing mail
console-mail-help = For alerts. Without a hostname nothing is sent. Invitation links are not mailed: the console shows them to whoever adds the person.
console-mail-from = Sender
console-mail-from-help = The address that recipients see.
console-hours-global-help = Hold for the queues that inherit them.
console-hours-global-on-help = On the days and times below.
console-hours-global-off-help = Always open.
console-weights = Agents’ load
console-weights-help = What each open conversation takes of the agent’s capacity, which is set on the agent’s page (100 units at first). A change holds at once, for open conversations too, and takes them from nobody.
console-abuse = Abuse and bans
console-abuse-help = A sender who passes these limits by live chat or SMS is banned, and the alert address is told.
console-abuse-enabled = Ban automatically
console-abuse-enabled-help = You can always ban by hand.
console-abuse-messages = Messages
console-abuse-conversations = New conversations
console-abuse-within = Within
console-ban-hours = Length of the ban
console-attachments = Attachments and e-mail
console-attachments-help = From 1 to 25 MB, for all channels.
console-reopen = A reply reopens the conversation for
console-reopen-help = For e-mails. Later, a new conversation begins.
console-settings-returning = Returning customers
console-returning-days = Remember the agent for
console-returning-days-help = 0: never.
console-retention = Retention
console-retention-days = Erase closed conversations after
console-retention-days-help = Empty: never. Erasing is final.

## The console: alerts

console-alerts = Alerts
console-alerts-lead = What needs somebody, and whether the alert address was told.
console-alerts-empty = All is well
console-alerts-empty-help = Automatic bans and channels that need somebody appear here.
console-alert = Alert
console-alert-act = Open
console-alert-banned = { $kind }: { $address } was banned. { $reason }.
console-alert-banned-remedy = The ban ends by itself. If it was a mistake, lift it.
console-alert-degraded = The channel { $name } has trouble: { $reason }
console-alert-degraded-remedy = Verify the channel’s connection and correct its settings.
console-alert-sign-in = The channel { $name } must be connected again.
console-alert-sign-in-remedy = Nothing is received or sent until somebody signs on again on the channel’s page.
console-alert-mail = Mail
console-alert-mail-foot = You receive this because your address is the alert address in Écluse’s settings.
console-alert-mail-sent = Sent
console-alert-mail-waiting = To be sent; tried again soon
console-alert-mail-no-address = Not sent: no alert address in the settings
console-alert-mail-no-account = Not sent: no mail account in the settings
console-alert-mail-refused = Not sent: the server refused it
console-alert-mail-given-up = Not sent: the server could not be used for a day

## The console: monitoring

console-when = When
console-who = Who
console-what = What
console-changes = Changes
console-bans = Bans
console-bans-lead = Who may not write any more, why and until when.
console-bans-empty = Nobody is banned
console-bans-empty-help = Automatic bans appear here; you can also ban by hand.
console-ban = Ban
console-ban-add = Ban an address
console-ban-address = Address
console-ban-address-help = Number, e-mail address or id of the customer; a visitor’s is copied from the profile at the desk.
console-ban-reason = Reason
console-ban-reason-help = For your colleagues; the customer does not see it.
console-ban-messages = Too many messages
console-ban-conversations = Too many new conversations
console-ban-automatic = Automatic
console-ban-since = Since
console-ban-until = Until
console-ban-until-help = Empty: until somebody lifts it.
console-ban-for-good = Until further notice
console-ban-lift = Lift
console-ban-question = Lift the ban of { $name }?
console-ban-warning = This person will be able to write to you again.
console-dead-letters = Dead letters
console-dead-letters-lead = Messages that could not be handled; they are not lost.
console-dead-letters-empty = No dead letter
console-dead-letters-empty-help = Every message could be handled.
console-dead-letter-address = Customer
console-dead-letter-cause = Cause
console-dead-letter-again = Send again
console-dead-letter-put-away = Put away
console-dead-letter-question = Put away the dead letter of { $name }?
console-dead-letter-warning = It leaves this list and can no longer be sent again.
console-audit = Audit log
console-audit-lead = Who changed what, and when. Secrets are not in it.
console-audit-empty = No change recorded
console-audit-empty-help = Each change of the configuration appears here, and each export or erasure of a contact.
console-audit-all-resources = Everything
console-audit-all-actions = All actions
console-audit-by = Name of the person or key
console-audit-all-editors = Everybody
console-audit-secrets = Secrets changed
console-audit-secrets-kept = Stored secrets
console-audit-address = Address
console-audit-destination-chatbot = Destination chatbot
console-audit-state = State
console-audit-health = State of the connection
console-audit-healthy = No known trouble
console-audit-works-until = Works until
console-audit-banned-by = Banned by
console-audit-lifted-at = Lifted
console-audit-webhook-secret = Webhook secret
console-audit-webhook-headers = Webhook headers
console-audit-imap-password = IMAP password
console-audit-smtp-password = SMTP password
console-audit-consent = Access to the account
console-audit-channel = Channel
console-audit-queue = Queue
console-audit-chatbot = Chatbot
console-audit-form = Form
console-audit-sms-trunk = SMS trunk
console-audit-agent = Agent
console-audit-settings = Settings
console-audit-ban = Ban
console-audit-api-key = API key
console-audit-licence = Licence
console-audit-tenant = Tenant
console-audit-contact = Contact
console-audit-active = active
console-audit-created = created
console-audit-changed = changed
console-audit-deleted = deleted
console-audit-password = password chosen
console-audit-link = link issued
console-audit-scheduled = deletion scheduled
console-audit-lifted = lifted
console-audit-reactivated = reactivated
console-audit-erased = erased
console-audit-exported = exported
console-licence = Licence
console-licence-lead = What your licence allows, and how much of it is used.
console-licence-of = { $used } of { $max }
console-licence-unlimited = { $used }, no limit
console-licence-agents = Agent edition
console-licence-agents-help = Seats: people at work at once; who has just lost the connection keeps theirs for a moment. Beyond them, nobody else can start working. With none, there is no Facebook and no WhatsApp.
console-licence-people = People
console-licence-people-help = Everybody who may work as an agent, supervisors and administrators included. They take a seat only while they work.
console-licence-supervisors = Supervisor edition
console-licence-supervisors-help = Seats: people with this role or above. Beyond them, the role can no longer be given. With none, there is no Facebook and no WhatsApp.
console-licence-channels = Channels
console-licence-channels-help = Beyond it, no channel can be created; existing ones go on.
console-licence-modules = Modules
console-licence-omnichannel = Omnichannel
console-licence-omnichannel-help = Without it, Facebook and WhatsApp channels cannot be created.
console-licence-survey = Customer survey
console-licence-survey-help = Without it, no survey is sent.
console-licence-on = Included
console-licence-off = Not included
console-tenants = Tenants
console-tenants-lead = The organisations of this deployment, each apart from the others.
console-tenants-search = Name or key
console-tenants-empty = No tenant
console-tenants-empty-help = Add one for another organisation.
console-tenant-add = Add tenant
console-key = Key
console-tenant-administrator = First administrator
console-tenant-administrator-help = Gets a link to choose a password.
console-tenant-licence-help = What this tenant may use. An empty field is no limit.
console-key-help = Its name in configuration files. Empty: made of the name.

## connect

cmp-title-facebook = Connect a Facebook page
cmp-title-whatsapp = Connect a WhatsApp number
cmp-title-microsoft = Connect a Microsoft mailbox
cmp-title-gmail = Connect a Gmail mailbox
cmp-invite-facebook = Log in with Facebook, then choose the page whose messages will reach your queue.
cmp-invite-whatsapp = Sign in at 360Dialog, then authorise the number whose messages will reach your queue.
cmp-invite-mail = Sign in to the mailbox and accept what is asked for. No password is stored here.
cmp-needs-facebook = You need an active Facebook account, a Meta business account (Business Manager), a Meta developer account and a Meta app: your own, or one that you are a member of.
cmp-needs-whatsapp = You need a Facebook account with Business Manager and a WhatsApp partner account at 360Dialog. The number is the business's own, has its country and area codes, and can receive calls or SMS; short codes are refused.
cmp-with-facebook = Connect with Facebook
cmp-with-whatsapp = Connect with WhatsApp
cmp-with-microsoft = Sign on with Microsoft
cmp-with-gmail = Sign on with Gmail
cmp-look-again = Look again
cmp-again = Connect again
cmp-page-id = Page ID
cmp-page-name = Page name
cmp-page-token = Page access token
cmp-stored = •••••••• stored
cmp-client-id = 360Dialog Client ID
cmp-channel-id = 360Dialog Channel ID
cmp-number = Phone number
cmp-mailbox = Mailbox
cmp-which-page = Which page should this channel connect?
cmp-which-number = Which number should this channel connect?
cmp-choose = Continue
cmp-review = Everything is filled in. Submit to return to the channel; it is connected when you save it.
cmp-submit = Submit
cmp-done-title = Ready
cmp-done = Return to the channel, choose the destination queue and save within a quarter of an hour. You can close this window.
cmp-back = Back to the console
cmp-refused-title = Not now
cmp-gone = This connection has expired, was used already or is not yours. Nothing has changed: return to the channel and start again.
cmp-signed-out = You are no longer signed in to Écluse. Sign in, then start again from the channel.
cmp-forbidden = Only an administrator can connect a channel. Ask one to do it.
cmp-stale = Your session has changed since this window was opened. Go back, reload the page, then try again.
cmp-unavailable = This service is not available here. Ask whoever runs this installation to set:
cmp-trouble = Something went wrong here. Try again in a moment.
cmp-sign-in = Sign in to Écluse
cmp-fault-title = The connection was not made
cmp-fault-refused = Permission was not given. Nothing has changed: connect again and accept what is asked for.
cmp-fault-role = Your account has no role in the Meta app. Create the app or ask its owner to add you, then connect again.
cmp-fault-code = What came back has expired or was used already. Connect again.
cmp-fault-settings = The service does not recognise this installation. Ask whoever runs it to check its settings.
cmp-fault-scope = One of the permissions that are needed is missing. Connect again and leave all of them ticked.
cmp-fault-nothing = Nothing was chosen. Connect again and choose at least one page or number.
cmp-fault-permission = Your account lacks the rights for this. Ask whoever manages the page or the number for them, then connect again.
cmp-fault-admin = An administrator of your organisation has to accept this application first. Ask them, then connect again.
cmp-fault-preparing = The number is still being set up at 360Dialog. Connect again once it runs there.
cmp-fault-mailbox = The service gave no lasting access to a mailbox. Connect again with the account of the mailbox.
cmp-fault-later = The service does not answer as it should. Connect again in a moment.
cmp-fault-detail = What it answered
