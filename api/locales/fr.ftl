# Tous les textes des pages et de leurs scripts, en français. Une clé commence par la page à laquelle elle appartient ;
# `common` vaut pour toutes, `error` pour les codes de l'API.

## Partout

common-product = Écluse
common-account = Votre compte
common-back = Retour
common-cancel = Annuler
common-close = Fermer
common-save = Enregistrer
common-retry = Réessayer
common-field-empty = Ce champ ne peut pas être vide.
common-filter = Filtrer
common-nothing-found = Aucun résultat
common-language = Langue
common-sign-out = Se déconnecter
common-password-change = Changer de mot de passe
common-password-current = Mot de passe actuel
common-password-new = Nouveau mot de passe
common-password-changed = Votre mot de passe est changé.
common-theme = Apparence
common-theme-auto = Comme le système
common-theme-light = Clair
common-theme-dark = Sombre
common-today = Aujourd’hui
common-yesterday = Hier
common-moment = un instant
common-noscript = Cette page a besoin de JavaScript. Autorisez-le pour ce site, puis rechargez la page.
common-channel-live-chat = Discussion en direct
common-channel-sms = SMS
common-channel-email = E-mail
common-channel-facebook = Facebook Messenger
common-channel-whatsapp = WhatsApp

## Erreurs, d'après leur code

error-network = Le serveur est injoignable. Vérifiez votre connexion ; rien de ce que vous avez écrit n’est perdu.
error-unavailable = Le serveur est momentanément occupé. Réessayez dans un instant.
error-unexpected = Un problème est survenu. Veuillez réessayer.
error-too-many-attempts = Trop de tentatives. Patientez quelques minutes, puis réessayez.
error-too-many-requests = C’était un peu rapide. Patientez un instant, puis réessayez.
error-sign-in-refused = Cela ne correspond pas. Vérifiez l’adresse et le mot de passe, ainsi que le numéro d’agent et le code PIN si vous en avez.
error-forbidden = Vous n’avez pas le droit de faire cela.
error-not-found = Cet élément n’existe plus.
error-stale = Du nouveau est arrivé depuis que vous avez commencé à écrire.
error-closed = Cette conversation est close.
error-conversation-open = Une conversation avec ce contact est encore ouverte. Fermez-la d’abord.
error-banned = Ce client est banni. Levez d’abord le bannissement.
error-window-closed = La fenêtre de réponse de 24 heures est fermée.
error-offer-ended = Cette proposition a pris fin ; la discussion est allée à quelqu’un d’autre.
error-already-taken = Un collègue vient de prendre cette conversation.
error-too-long = C’est trop long.
error-csrf = Votre session a changé. Rechargez la page, puis réessayez.
error-signed-out = Vous êtes déconnecté.
error-channel-deleted = Le canal de cette conversation a été supprimé.
error-link-gone = Ce lien a déjà servi ou a expiré. Demandez-en un autre à votre administrateur.
error-no-capacity = Il n’y a plus de place pour une autre discussion en ce moment.
error-not-a-member = Seuls les membres de cette file d’attente peuvent avoir cette discussion.
error-not-logged-in = Cet agent ne travaille pas dans cette file d’attente en ce moment.
error-not-signed-in = Cet agent n’est pas à son poste.
error-outbound-only = Cet agent travaille en sortant et ne reçoit pas de discussions des files d’attente.
error-too-short = C’est trop court.
error-too-easy = Ce mot de passe est trop facile à deviner.
error-wrong-password = Ce n’est pas votre mot de passe actuel.

## Connexion

login-title = Connexion
login-lead = Heureux de vous revoir. Vos discussions vous attendent.
login-motto = Chaque conversation, dans l’ordre, à la bonne personne.
login-email = Adresse e-mail
login-email-missing = Saisissez votre adresse e-mail.
login-password = Mot de passe
login-password-missing = Saisissez votre mot de passe.
login-reveal = Afficher le mot de passe
login-agent = Numéro d’agent et code PIN
login-agent-help = Seulement si l’on vous a donné un numéro à quatre chiffres et un code PIN.
login-number = Numéro
login-pin = Code PIN
login-submit = Se connecter
login-forgotten = Mot de passe oublié ? Un administrateur vous donne un lien pour en choisir un nouveau.

## Invitation

invitation-title = Choisissez votre mot de passe
invitation-lead = Il n’est qu’à vous : personne d’autre ne peut le voir, pas même votre administrateur.
invitation-password = Mot de passe
invitation-password-help = Au moins { $count } caractères. Une courte phrase convient très bien.
invitation-too-short = Utilisez au moins { $count } caractères.
invitation-again = Le même mot de passe, encore une fois
invitation-different = Les deux mots de passe ne sont pas identiques.
invitation-submit = Enregistrer le mot de passe
invitation-done = Votre mot de passe est enregistré. Vous pouvez vous connecter.
invitation-to-login = Aller à la connexion

## Le poste d'agent : la page

desk-title = Poste d’agent
desk-skip = Aller à la conversation
desk-places = Pages
desk-chats = Discussions
desk-conversation = Conversation
desk-contact = Contact
desk-tabs = Rubriques
desk-tab-mine = Mon poste
desk-tab-chats = Discussions
desk-tab-unassigned = En attente
desk-tab-all = Toutes
desk-tab-me = Statut
desk-notify = Notifications
desk-notifications-on = Vous serez prévenu quand cette page est à l’arrière-plan.
desk-notifications-off = Les notifications n’ont pas été autorisées. Vous pouvez changer cela dans votre navigateur.
desk-sound = Son des nouveaux messages
desk-lost = Connexion perdue
desk-lost-connecting = reconnexion…
desk-lost-retry = nouvel essai dans { $seconds } s
desk-lost-now = Essayer maintenant
desk-signed-out = Vous êtes déconnecté.
desk-sign-in-again = Se connecter

## Le poste d'agent : présence

desk-presence = Votre présence
desk-presence-available = Disponible
desk-presence-available-help = De nouvelles discussions peuvent vous parvenir.
desk-presence-busy = Occupé
desk-presence-busy-help = Vous gardez vos discussions et n’en recevez pas de nouvelles.
desk-presence-away = Absent
desk-presence-away-help = Une pause : pas de nouvelle discussion.
desk-presence-offline = Hors ligne
desk-presence-offline-help = Vous êtes déconnecté de vos files d’attente.
desk-go-online = Commencer à travailler
desk-take-offline = Commencez d’abord à travailler, dans la file d’attente de cette discussion.
desk-work-summary = { $queues } { $of ->
    [one] file sur { $of }
   *[other] files sur { $of }
} · { $strategy }
desk-my-queues = Files d’attente où je travaille
desk-no-queue = Vous n’appartenez encore à aucune file d’attente. Demandez à un superviseur de vous y ajouter.
desk-strategy = Stratégie de travail
desk-strategy-inbound = Entrant
desk-strategy-inbound-help = Vous travaillez uniquement pour vos files d’attente.
desk-strategy-outbound = Sortant
desk-strategy-outbound-help = Vos files d’attente ne vous envoient rien ; vous écrivez en premier.
desk-strategy-blended = Mixte
desk-strategy-blended-help = Vous écrivez en premier, et vos files d’attente vous envoient aussi des discussions.
desk-my-open = { $count ->
    [0] Aucune discussion ouverte
    [one] { $count } discussion ouverte
   *[other] { $count } discussions ouvertes
}
desk-my-offers = { $count ->
    [one] { $count } proposition
   *[other] { $count } propositions
}
desk-capacity = { $used } unités utilisées sur { $capacity } ; discussions ouvertes et propositions comptent

## Le poste d'agent : listes

desk-offers = On vous propose
desk-offers-paused = En pause jusqu’au retour de la connexion
desk-offer-title = Une discussion pour vous
desk-accept = Accepter
desk-refuse = Refuser
desk-seconds-left = { $count ->
    [one] { $count } seconde restante
   *[other] { $count } secondes restantes
}
desk-mine = Mes discussions
desk-mine-empty = Aucune pour le moment. Celles que vous acceptez ou prenez apparaissent ici.
desk-unassigned = Discussions non attribuées
desk-unassigned-empty = Personne n’attend dans les files d’attente où vous travaillez.
desk-all = Toutes les conversations
desk-all-empty = Aucune conversation ouverte dans cette file d’attente.
desk-all-queues = Toutes les files d’attente
desk-show-more = En afficher { $count } de plus
desk-show-more-of-many = En afficher davantage
desk-count-or-more = { $count }+
desk-unread = { $count ->
    [one] { $count } message non lu
   *[other] { $count } messages non lus
}
desk-row-typing = écrit…
desk-no-preview = Pas encore de message
desk-waiting-for = attend depuis { $time }
desk-waiting-count = { $count ->
    [0] personne n’attend
    [one] { $count } en attente
   *[other] { $count } en attente
}
desk-announce-waiting = { $name } attend dans la file { $queue }.
desk-announce-message = Nouveau message de { $name } : { $text }
desk-announce-offer = Une discussion avec { $name } vous est proposée ; { $count } secondes pour répondre.

## Le poste d'agent : la conversation

desk-empty = Choisissez une discussion
desk-empty-help = La conversation s’ouvre ici, avec son contact et son historique à côté.
desk-empty-waiting = { $count ->
    [one] Un client attend dans vos files d’attente.
   *[other] { $count } clients attendent dans vos files d’attente.
}
desk-empty-waiting-more = Au moins { $count } clients attendent dans vos files d’attente.
desk-empty-keys = pour parcourir les discussions
desk-empty-keys-all = pour tous les raccourcis
desk-queue = File d’attente
desk-queues = Files d’attente
desk-colleagues = Collègues
desk-no-colleague = Aucun collègue à qui la confier
desk-state-mine = À moi
desk-state-waiting = En attente
desk-state-closed = Close
desk-take = Prendre
desk-take-over = Reprendre
desk-assign = Attribuer
desk-transfer = Transférer
desk-close = Clore
desk-more = Actions
desk-close-title = Clore cette conversation ?
desk-close-body = Si { $name } écrit de nouveau, la conversation se rouvre.
desk-done-closed = Conversation close
desk-done-assigned = Attribuée à { $name }
desk-done-transferred = Conversation transférée
desk-timeline = Messages
desk-timeline-failed = Les messages n’ont pas pu être chargés.
desk-loading-older = Chargement des messages précédents
desk-new-messages = Nouveau
desk-new-below = Nouveaux messages
desk-said-by = { $name } :
desk-author-customer = Client
desk-author-agent = Agent
desk-author-chatbot = Chatbot
desk-author-program = Automatique
desk-author-system = Système
desk-visitor = Visiteur { $mark }
desk-reply-to = Répondre à ce message
desk-reply-cancel = Ne plus répondre à un message précis
desk-quote-earlier = En réponse à un message antérieur
desk-typing = { $name } écrit
desk-typing-colleague = { $name } rédige aussi une réponse
desk-event-opened = Conversation ouverte
desk-event-reopened = Conversation rouverte
desk-event-assigned = Attribuée à { $agent }
desk-event-assigned-by = Attribuée à { $agent } par { $by }
desk-event-requeued = Placée dans { $queue }
desk-event-first-answered = Première réponse
desk-event-first-answered-after = Première réponse après { $time }
desk-event-closed = Conversation close
desk-event-closed-by = Close par { $by }
desk-event-closed-why = Close : { $why }
desk-event-erased = Ce qui a été dit avant a été effacé
desk-event-erased-by = { $by } a effacé ce qui a été dit avant
desk-event-other = Autre événement
desk-reason-customer = le client y a mis fin
desk-reason-idle = plus personne n’écrivait
desk-reason-channel-deleted = le canal a été supprimé
desk-status-queued = En attente d’envoi
desk-status-sent = Envoyé
desk-status-delivered = Remis
desk-status-read = Lu
desk-status-failed = Non remis
desk-not-delivered = Non remis : { $why }
desk-possible-duplicate = La réponse du fournisseur s’est perdue et ce message a été renvoyé : il a pu arriver deux fois.
desk-retrying = Pas encore de réponse ; nouvel essai
desk-stale-held = Retenu : lisez d’abord ce qui est arrivé
desk-send-again = Renvoyer
desk-edit = Modifier
desk-discard = Retirer

## Le poste d'agent : ce que contient un message

desk-media-image = Image
desk-media-audio = Audio
desk-media-voice = Message vocal
desk-media-video = Vidéo
desk-media-document = Document
desk-media-sticker = Autocollant
desk-media-pending = Conservé chez le fournisseur
desk-location = Position
desk-contacts = Fiche de contact
desk-choice = Option choisie
desk-reacted = A réagi avec { $emoji }
desk-unknown = Un type de message qui ne peut pas être affiché : { $kind }
desk-unknown-raw = Ce qui a été reçu
desk-unknown-short = Autre message

## Le poste d'agent : écrire

desk-composer = Écrire une réponse
desk-composer-hint = Entrée pour envoyer, Maj + Entrée pour aller à la ligne
desk-characters-left = { $count ->
    [one] { $count } caractère restant
   *[other] { $count } caractères restants
}
desk-characters-over = { $count ->
    [one] { $count } caractère de trop
   *[other] { $count } caractères de trop
}
desk-send = Envoyer
desk-window-closing = La fenêtre de réponse de 24 heures se ferme dans { $left }.
desk-blocked-closed = Cette conversation est close.
desk-blocked-closed-help = Vous la lisez ; on ne peut plus y répondre.
desk-to-current = Vers la conversation ouverte
desk-blocked-window = La fenêtre de réponse de 24 heures est fermée.
desk-blocked-window-since = Fermée depuis le { $at }. Elle se rouvre quand le client écrit.
desk-blocked-window-help = Elle se rouvre quand le client écrit.
desk-allowed = Encore possible : { $list }
desk-allowed-template = un modèle approuvé
desk-allowed-reply = une réponse à un message précis
desk-allowed-human-agent = une réponse signalée comme venant d’une personne, pendant 7 jours
desk-blocked-waiting = Personne n’a encore pris cette discussion.
desk-blocked-waiting-help = Prenez-la pour répondre.
desk-blocked-colleague = { $name } s’occupe de cette conversation.
desk-blocked-colleague-help = Vous la lisez ; seule la personne qui s’en occupe répond.
desk-blocked-colleague-supervisor = Vous la lisez en silence. Reprenez-la pour répondre.
desk-stale = { $count ->
    [one] Un message est arrivé pendant que vous écriviez
   *[other] { $count } messages sont arrivés pendant que vous écriviez
}
desk-stale-yours = Votre réponse, pas encore envoyée :
desk-send-anyway = Envoyer quand même

## Le poste d'agent : contact

desk-profile = Profil
desk-profile-empty = La personne avec qui vous parlez apparaît ici.
desk-name = Nom
desk-rename = Changer le nom
desk-identities = Joignable par
desk-unreachable = Injoignable le { $since } : WhatsApp n’a pas pu remettre le message
desk-copy = Copier
desk-copied = Copié
desk-copy-failed = Le navigateur n’a pas autorisé la copie.
desk-fields = Détails
desk-field-email = E-mail
desk-field-phone = Téléphone
desk-field-company = Société
desk-field-subject = Objet
desk-matches = { $count ->
    [one] Peut-être la même personne
   *[other] Peut-être les mêmes personnes
}
desk-matches-help = Une simple ressemblance : rien n’a été fusionné.
desk-data = Ce qui est conservé sur ce contact
desk-data-export = Tout télécharger
desk-data-erase = Tout effacer
desk-data-erase-title = Effacer ce contact ?
desk-data-erase-body = Toutes les conversations avec { $name }, sur tous les canaux, seront perdues pour toujours, et avec elles le nom et les adresses. C’est irréversible.
desk-data-erased = Le contact a été effacé.
desk-match-email = même adresse e-mail
desk-match-phone = même numéro de téléphone
desk-match-name = même nom
desk-match-history = Conversations de { $name }
desk-about = Cette conversation
desk-about-channel = Canal
desk-about-opened = Ouverte
desk-about-first-answer = Première réponse
desk-about-closed = Close
desk-history = Historique
desk-history-empty-open = Les conversations passées du contact apparaissent ici, tous canaux confondus.
desk-history-none = C’est la première conversation avec ce contact.
desk-history-current = Vous lisez celle-ci

## Le poste d'agent : clavier

desk-keys = Raccourcis clavier
desk-keys-enabled = Raccourcis à une touche
desk-key-next = Discussion suivante
desk-key-previous = Discussion précédente
desk-key-accept = Accepter la proposition
desk-key-refuse = Refuser la proposition
desk-key-take = Prendre la discussion ouverte
desk-key-composer = Aller à la réponse
desk-key-send = Envoyer la réponse
desk-key-newline = Aller à la ligne
desk-key-escape = Quitter le champ, puis la discussion
desk-key-help = Cette liste

## La discussion du visiteur

chat-connecting = Connexion…
chat-reconnecting = Reconnexion…
chat-online = Nous sommes là
chat-unavailable = Indisponible
chat-welcome = Bonjour ! Comment pouvons-nous vous aider ?
chat-form-help = Dites-nous qui vous êtes, et nous pourrons commencer.
chat-form-refused = Veuillez vérifier ce que vous avez saisi.
chat-name = Nom
chat-email = Adresse e-mail
chat-phone = Téléphone
chat-subject = Objet
chat-optional = facultatif
chat-email-wrong = Ceci ne ressemble pas à une adresse e-mail.
chat-start = Démarrer la discussion
chat-messages = Messages
chat-new-below = Nouveaux messages
chat-write = Écrire un message
chat-send = Envoyer
chat-characters-left = { $count ->
    [one] { $count } caractère restant
   *[other] { $count } caractères restants
}
chat-characters-over = { $count ->
    [one] { $count } caractère de trop
   *[other] { $count } caractères de trop
}
chat-you = Vous
chat-agent = Notre équipe
chat-announce = { $name } dit : { $text }
chat-typing = Notre équipe écrit…
chat-status-sending = Envoi en cours
chat-status-sent = Bien reçu
chat-status-read = Lu
chat-status-refused = Non envoyé
chat-refused-too-long = Ce message est trop long.
chat-refused-empty = Ce message est vide.
chat-refused-too-fast = C’était très rapide. Patientez un instant, puis écrivez de nouveau.
chat-refused-form = Merci de répondre aux questions avant d’écrire.
chat-refused-closed = La conversation est terminée.
chat-refused-other = Ce message n’a pas pu être envoyé.
chat-discard = Retirer
chat-minimise = Masquer la discussion
chat-end = Terminer la discussion
chat-end-title = Terminer cette discussion ?
chat-end-body = Vous pourrez nous écrire de nouveau à tout moment.
chat-ended = La discussion est terminée
chat-ended-help = Merci de nous avoir écrit. Vous pouvez recommencer à tout moment.
chat-again = Écrire de nouveau
chat-banned-title = Vous ne pouvez pas écrire ici pour le moment
chat-banned-body = Trop de messages sont venus de ce navigateur en peu de temps. Revenez plus tard, ou contactez-nous autrement.
chat-refused-title = Cette discussion n’est pas disponible ici
chat-refused-body = Elle ne fonctionne que sur le site pour lequel elle a été faite.

## Le lanceur sur un site

widget-open = Ouvrir la discussion
widget-open-unread = Ouvrir la discussion, messages non lus : { $count }
widget-close = Masquer la discussion
widget-panel = Discussion en direct
widget-refused = Discussion Écluse : ce site ({ $origin }) ne figure pas parmi les domaines du canal, la discussion ne s’affiche donc pas.

## Le registre de la démonstration

demo-title = Débranchez tout
demo-lead = Une petite foule de clients simulés écrit sans arrêt par WhatsApp, et chacun de leurs messages est compté ici. Tuez le serveur aussi brutalement que vous voulez ; le compte doit encore être juste à son retour.
demo-waiting = En attente des premiers chiffres…
demo-running = Le serveur fonctionne.
demo-down = Le serveur ne répond pas. Si vous venez de le tuer, relancez-le comme indiqué plus bas.
demo-back = Le serveur est revenu ; les chiffres ci-dessous ont survécu.
demo-verdict = Ce qui doit rester à zéro
demo-lost = Perdus
demo-lost-help = Confirmés à l’expéditeur, puis introuvables.
demo-doubled = En double
demo-doubled-help = Renvoyés après une coupure et affichés deux fois.
demo-disordered = Dans le désordre
demo-disordered-help = Affichés dans un autre ordre que celui de l’envoi.
demo-counts = Le chemin d’un message
demo-sent = Envoyés
demo-sent-help = Écrits par les clients simulés.
demo-acknowledged = Confirmés
demo-acknowledged-help = Le serveur a dit oui : c’est sur le disque.
demo-stored = Enregistrés
demo-stored-help = Retrouvés dans les conversations.
demo-shown = Affichés
demo-shown-help = Arrivés au poste d’un agent.
demo-answers = Réponses WhatsApp
demo-answers-help = Réponses des agents que la doublure de WhatsApp a acceptées.
demo-since-restart = Depuis le dernier démarrage
demo-since-restart-help = Messages confirmés depuis que le serveur a démarré.
demo-try = Faites-le vous-même
demo-try-1 = Gardez cette page ouverte, et regardez les nombres monter.
demo-try-2 = Dans un autre terminal, tuez le serveur sans prévenir. Pas d’arrêt en douceur, pas de derniers mots :
demo-try-3 = Cette page dit que le serveur ne répond pas. Ce qui n’a pas été confirmé reste dans le carnet des clients.
demo-try-4 = Relancez-le, dans le même dossier :
demo-try-5 = La page le retrouve d’elle-même. Les clients renvoient ce qui est resté sans réponse ; chaque message est là une seule fois, dans l’ordre, et une ligne s’ajoute ci-dessous.
demo-try-note = Recommencez autant que vous voulez, même quand beaucoup de messages sont en route. Les clients simulés se comportent comme les services des vraies entreprises : ce qui n’est pas confirmé est renvoyé.
demo-restarts = Redémarrages jusqu’ici
demo-restart-at = Quand
demo-no-restart = Aucun encore.
demo-next = Faites le tour
demo-next-shop = La boutique d’exemple, avec sa discussion
demo-next-desk = Le poste d’agent
