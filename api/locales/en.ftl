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
common-channel-facebook = Facebook Messenger
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
error-not-a-member = Only members of this queue can have this chat.
error-not-logged-in = This agent does not work in this queue now.
error-not-signed-in = This agent is not at their desk.
error-outbound-only = This agent works outbound, and gets no chats from queues.
error-too-short = This is too short.
error-too-easy = This password is too easy to guess.
error-wrong-password = This is not your current password.

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
desk-event-reopened = Conversation reopened
desk-event-assigned = Assigned to { $agent }
desk-event-assigned-by = Assigned to { $agent } by { $by }
desk-event-requeued = Moved to { $queue }
desk-event-first-answered = First answer
desk-event-first-answered-after = First answer after { $time }
desk-event-closed = Conversation closed
desk-event-closed-by = Closed by { $by }
desk-event-closed-why = Closed: { $why }
desk-event-erased = What was said before has been erased
desk-event-erased-by = { $by } has erased what was said before
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
chat-unavailable = Not available
chat-welcome = Hello! How can we help?
chat-form-help = Tell us who you are, then we can begin.
chat-form-refused = Please check what you entered.
chat-name = Name
chat-email = E-mail address
chat-phone = Telephone
chat-subject = Subject
chat-optional = optional
chat-email-wrong = This does not look like an e-mail address.
chat-start = Start chat
chat-messages = Messages
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
chat-again = Write again
chat-banned-title = You cannot write here for now
chat-banned-body = Too many messages came from this browser in a short time. Please come back later, or contact us in another way.
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
