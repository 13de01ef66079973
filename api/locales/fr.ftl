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
common-channel-facebook = Facebook
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
error-no-seat = Toutes les places d’agent de la licence sont prises. Attendez que quelqu’un se déconnecte, ou demandez davantage de places à votre administrateur.
error-not-a-member = Seuls les membres de cette file d’attente peuvent avoir cette discussion.
error-not-logged-in = Cet agent ne travaille pas dans cette file d’attente en ce moment.
error-not-signed-in = Cet agent n’est pas à son poste.
error-outbound-only = Cet agent travaille en sortant et ne reçoit pas de discussions des files d’attente.
error-too-short = C’est trop court.
error-too-easy = Ce mot de passe est trop facile à deviner.
error-wrong-password = Ce n’est pas votre mot de passe actuel.
error-field-required = Ce champ est obligatoire.
error-field-taken = C’est déjà pris ; choisissez autre chose.
error-field-taken-but = C’est déjà pris ; { $suggestion } est libre.
error-field-taken-by = C’est déjà relié au canal « { $holder } ».
error-field-too-long = C’est trop long.
error-field-longer-than = C’est trop long : { $maximum } caractères au plus.
error-field-too-short = C’est trop court.
error-field-too-many = Il y en a trop.
error-field-more-than = Il y en a trop : { $maximum } au plus.
error-field-too-few = Il en faut davantage.
error-field-too-deep = Il y a trop de niveaux ; cinq au plus.
error-field-too-long-with-options = Trop long avec les options affichées en dessous : un SMS porte 1 530 caractères.
error-field-out-of-range = Cette valeur sort des limites permises.
error-field-between = Saisissez un nombre entre { $minimum } et { $maximum }.
error-field-invalid = Cette valeur n’est pas valable.
error-field-invalid-characters = Certains caractères ne sont pas permis ici.
error-field-invalid-email = Ceci ne ressemble pas à une adresse e-mail.
error-field-invalid-number = Saisissez un numéro au format international, par exemple +33612345678.
error-field-short-code = Les numéros courts ne sont pas pris en charge ; saisissez un numéro entier, par exemple +33612345678.
error-field-invalid-visitor = L’identifiant d’un visiteur compte 22 lettres, chiffres, tirets et soulignés : copiez-le depuis son profil, au poste.
error-field-invalid-psid = L’identifiant que Facebook donne à un client n’a que des chiffres, par exemple 8912345678901234.
error-field-invalid-domain = Saisissez un nom de domaine sans https:// ni chemin, par exemple www.example.fr.
error-field-scheme-not-allowed = Saisissez le nom seul, sans https:// devant, par exemple www.example.fr.
error-field-path-not-allowed = Saisissez le nom de domaine seul, sans rien après, par exemple www.example.fr.
error-field-port-not-allowed = Retirez le numéro de port : un domaine vaut pour tous les ports.
error-field-domain-or-standalone = Indiquez au moins un domaine, ou cochez plus bas que la discussion s’ouvre aussi sur une page à part.
error-field-invalid-wildcard = L’étoile se place devant un nom d’au moins deux parties, par exemple *.example.fr.
error-field-ipv6-not-allowed = Les navigateurs ne laissent aucun site à une adresse IPv6 afficher la discussion : saisissez un nom, ou 127.0.0.1 pour des essais.
error-field-invalid-host = Ceci n’est pas un nom d’hôte.
error-field-port-apart = Saisissez le nom seul : le port a son propre champ.
error-field-invalid-url = Saisissez une adresse complète, qui commence par https://.
error-field-invalid-color = Choisissez une couleur.
error-field-invalid-pin = Le code PIN a de 4 à 10 chiffres.
error-field-invalid-key = Lettres minuscules, chiffres, points, tirets et soulignés seulement.
error-field-invalid-time = Cette date ou cette heure n’est pas valable.
error-field-invalid-time-zone = Ce fuseau horaire est inconnu.
error-field-not-a-number = Saisissez un nombre entier.
error-field-not-a-pair = Chaque ligne doit avoir la forme Nom: valeur.
error-field-not-found = Cet élément n’existe plus ; choisissez-en un autre.
error-field-unknown-value = Choisissez l’une des valeurs proposées.
error-field-unsupported = Ce n’est pas pris en charge.
error-field-ends-before-start = La fin doit venir après le début.
error-field-in-use = D’autres éléments s’en servent encore.
error-field-read-only = Cette valeur ne peut pas être changée.
error-field-number-not-in-service = Ce numéro n’est pas parmi ceux du trunk choisi : ajoutez-le au trunk, ou choisissez-en un autre.
error-field-trunk-disabled = Ce trunk SMS est désactivé.
error-field-wrong-purpose = Ce formulaire est fait pour un autre usage ; choisissez-en un autre.
error-field-pending-deletion = Ce numéro est en attente de suppression jusqu’à la fin du mois ; réactivez-le ou attendez.
error-field-sign-on-needed = Connectez d’abord le compte.
error-field-fills-itself = Ce champ se remplit de lui-même ; remplissez d’abord les autres.
error-field-sign-on-unfinished = La connexion n’est pas terminée ; terminez-la dans sa fenêtre, puis enregistrez.
error-field-sign-on-expired = La connexion a expiré ; recommencez.
error-field-licence = Votre licence ne le permet pas.
error-field-duplicate = Cette valeur est là deux fois.
error-field-number-of-another = C’est le numéro d’une autre option de ce menu : la réponse mènerait à celle-là.
error-field-private-address = Cette adresse du réseau interne n’est pas permise.
error-field-unknown-column = La première ligne nomme une colonne inconnue. Les colonnes sont : number, name, email, role, pin, wrap_up_secs, capacity, language, key.
error-field-not-utf8 = Le fichier n’est pas en UTF-8 : enregistrez-le ainsi depuis votre tableur.
error-field-duplicate-column = La première ligne nomme deux fois la colonne { $column }.
error-field-unclosed-quote = Un guillemet " ouvre une cellule et n’est jamais fermé.
error-field-unclosed-quote-at = Le guillemet " ouvert à la ligne { $line } n’est jamais fermé : les lignes suivantes feraient partie de sa cellule. Rien n’a été importé.
error-field-invalid-pointer = Saisissez un pointeur JSON qui commence par /, par exemple /data/id.
error-field-invalid-uuid = Copiez-le depuis la console du fournisseur : 36 caractères, par exemple 3fa85f64-5717-4562-b3fc-2c963f66afa6.
error-field-invalid-account-sid = Il commence par AC, suivi de 32 chiffres et lettres de a à f.
error-field-not-digits = Des chiffres seulement, par exemple 9900000.
error-field-not-sendable = Lettres sans accent, chiffres et ponctuation seulement, sans espace.
error-field-not-sendable-or-long = { $maximum } caractères au plus : lettres sans accent, chiffres et ponctuation, sans espace.
error-field-in-the-past = Ce moment est déjà passé.
error-field-not-allowed = Ce n’est pas permis ici.
error-field-not-for-this-provider = Ce fournisseur ne l’utilise pas.
error-field-fixed = C’est fixé par l’installation et ne peut pas être changé ici.
error-field-reused = Un autre élément s’en sert déjà.
error-field-no-number-left = Il ne reste aucun numéro à quatre chiffres.
error-field-type-of-name = Un champ nommé email est de type adresse e-mail, et un champ nommé message de type texte long.
error-field-message-missing = Il faut un champ nommé message, de type texte long.
error-field-password-needed = Saisissez-le de nouveau : celui qui est enregistré est destiné à un autre serveur.
error-field-wrong-kind = Le compte connecté n’est pas de la sorte que ce canal demande ; connectez-vous de nouveau.
error-field-number-differs = Meta donne un autre numéro pour cet identifiant. Vérifiez l’un et l’autre.
error-field-token-dead = Cet accès n’est plus valable. Connectez le compte de nouveau, ou saisissez un autre jeton.
error-field-wrong-token = Ce jeton n’est pas celui d’une page pour cette installation. Connectez la page de nouveau.
error-field-bad-number = Meta ne donne aucun numéro utilisable pour cet identifiant.
error-field-key-refused = 360Dialog n’accepte pas la clé de ce numéro. Connectez le compte de nouveau.
error-field-webhook-refused = 360Dialog n’accepte pas l’adresse du webhook. Demandez à la personne qui gère cette installation de vérifier son adresse publique.
error-field-webhook-differs = 360Dialog envoie les messages de ce numéro à une autre adresse. Connectez le compte de nouveau.
error-field-provider-refused = Le service a refusé. Recommencez dans un moment, ou vérifiez le compte sur son site.

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
login-unsaved = Votre session était terminée : ce que vous veniez de saisir n’a pas été enregistré. Connectez-vous pour revenir à cette page.
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
    [one] file d’attente sur { $of }
   *[other] files d’attente sur { $of }
} · { $strategy }
desk-my-queues = Files d’attente où je travaille
desk-queue-taken-away = Vous ne faites plus partie de l’une de ces files d’attente. Choisissez à nouveau.
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
desk-announce-waiting = { $name } attend dans la file d’attente { $queue }.
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
desk-event-opened-offline = Un message a été laissé, faute de discussion possible
desk-event-reopened = Conversation rouverte
desk-event-assigned = Attribuée à { $agent }
desk-event-assigned-by = Attribuée à { $agent } par { $by }
desk-event-requeued = Placée dans { $queue }
desk-event-requeued-by = Placée dans { $queue } par { $by }
desk-event-first-answered = Première réponse
desk-event-first-answered-after = Première réponse après { $time }
desk-event-closed = Conversation close
desk-event-closed-by = Close par { $by }
desk-event-closed-why = Close : { $why }
desk-event-erased = Ce qui a été dit avant a été effacé
desk-event-erased-by = { $by } a effacé ce qui a été dit avant
desk-event-form-filled = Le formulaire { $form } a été rempli
desk-event-bot-ended = Le chatbot a terminé
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
desk-left = Laissé comme message : personne n’attend la réponse.
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
desk-unreachable = Injoignable le { $since } : WhatsApp n’a pas pu remettre le message
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
chat-away = Personne n’est là pour le moment
chat-unavailable = Indisponible
chat-welcome = Bonjour ! Comment pouvons-nous vous aider ?
chat-form-help = Dites-nous qui vous êtes, et nous pourrons commencer.
chat-form-refused = Veuillez vérifier ce que vous avez saisi.
chat-name = Nom
chat-email = Adresse e-mail
chat-phone = Téléphone
chat-subject = Objet
chat-message = Message
chat-optional = facultatif
chat-email-wrong = Ceci ne ressemble pas à une adresse e-mail.
chat-phone-wrong = Ceci ne ressemble pas à un numéro de téléphone.
chat-start = Démarrer la discussion
chat-leave-title = Laissez-nous un message
chat-leave-help = Personne ne peut discuter avec vous pour le moment. Écrivez-nous, nous reviendrons vers vous.
chat-leave-send = Envoyer le message
chat-left = Merci. Nous avons bien reçu votre message et reviendrons vers vous. Inutile d’attendre ici.
chat-left-status = Nous avons votre message
chat-waiting = Vous attendez notre équipe.
chat-give-up = Laisser plutôt un message
chat-give-up-help = Inutile d’attendre : écrivez-nous, nous reviendrons vers vous.
chat-stay = Continuer d’attendre
chat-messages = Messages
chat-choices = Votre choix
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
chat-ended-for-good = Merci de nous avoir écrit.
chat-again = Écrire de nouveau
chat-banned-title = Vous ne pouvez pas écrire ici pour le moment
chat-banned-body = Cette discussion n’est pas disponible pour vous pour le moment. Vous pouvez nous contacter autrement.
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

## La console : le cadre

console-title = Administration
console-contact-centre = Centre de contact
console-messaging = Messagerie
console-team = Équipe
console-watch = Surveillance
console-platform = Plateforme
console-places = Pages
console-menu = Menu
console-sections = Rubriques de l’administration
console-skip = Aller au contenu
console-on-this-page = Sur cette page
console-theme-auto = Système
console-to-desk = Aller au poste d’agent
console-to-console = Retour à l’administration
console-forbidden = Cette page est réservée aux administrateurs
console-forbidden-help = Votre rôle ne permet pas de changer la configuration. Si vous en avez besoin, demandez ce rôle à un administrateur.
console-missing = Rien à cette adresse
console-missing-help = Cet élément n’existe pas, ou plus. Il a peut-être été supprimé entre-temps.
console-expired = La page n’est plus à jour
console-busy = Un instant, s’il vous plaît
console-failed = Un problème est survenu
console-ok = OK
console-done = Terminé
console-yes = Oui
console-no = Non
console-none = Aucun
console-never = Jamais
console-choose = Choisir…
console-copy = Copier
console-copied = Copié
console-refresh = Afficher les réglages correspondants
console-pages = Pages de la liste
console-page-of = { $from } à { $to } sur { $count }
console-page-previous = Précédent
console-page-next = Suivant
console-filter-clear = Effacer les filtres
console-done-created = C’est créé.
console-done-saved = C’est enregistré.
console-done-deleted = C’est supprimé.
console-done-lifted = Le bannissement est levé.
console-done-reactivated = Le canal est réactivé.
console-done-revoked = La clé est révoquée. Les programmes qui l’utilisent n’ont plus accès.
console-done-sent = Le message est reparti.
console-done-put-away = La lettre morte est écartée.
console-done-pending = Le numéro est en attente de suppression jusqu’à la fin du mois.

## La console : les formulaires

console-general = Général
console-name = Nom
console-description = Description
console-required = Champs obligatoires
console-refused = L’enregistrement n’a pas eu lieu. À corriger :
console-refused-verify = La vérification n’a pas eu lieu. À corriger :
console-refused-other = Rien n’a été fait. À corriger :
console-refused-elsewhere = Un réglage qui n’est pas sur cette page
console-secret-kept = Enregistré ; laissez vide pour le conserver.
console-secret-again = À saisir de nouveau : la saisie n’est pas conservée tant que rien n’est enregistré.
console-secret-forget = Effacer la valeur enregistrée
console-row-up = Monter
console-row-down = Descendre
console-row-remove = Retirer
console-conflict = Quelqu’un d’autre a enregistré entre-temps
console-conflict-who = { $name } a modifié cet élément ({ $at }). Votre saisie est toujours dans le formulaire ci-dessous.
console-conflict-somebody = Cet élément a été modifié depuis que vous l’avez ouvert. Votre saisie est toujours dans le formulaire ci-dessous.
console-conflict-same = Les deux versions disent la même chose.
console-conflict-elsewhere = Aucun champ de ce formulaire n’a changé entre-temps : c’est autre chose qui a changé, comme l’état.
console-conflict-field = Champ
console-conflict-theirs = Enregistré maintenant
console-conflict-yours = Votre saisie
console-save-anyway = Enregistrer quand même
console-take-theirs = Reprendre la version enregistrée
console-changed-meanwhile = Quelqu’un a modifié cet élément depuis que vous avez ouvert cette page. Vérifiez-le, puis recommencez.
console-refused-channel-deleted = Ce canal a été supprimé ; il n’est gardé que pour son historique.
console-refused-last-administrator = C’est le dernier administrateur : plus personne ne pourrait administrer.
console-refused-agent-logged-in = Cet agent est au travail. Attendez qu’il se mette hors ligne.
console-refused-agent-has-conversations = Cet agent a des conversations ouvertes. Clôturez-les ou transférez-les d’abord.
console-refused-in-use = Impossible : d’autres éléments s’en servent encore.
console-refused-not-pending = Ce canal n’est pas en attente de suppression.
console-refused-not-empty = { $count ->
    [one] Une conversation y est encore ouverte. Clôturez-la ou transférez-la d’abord.
   *[other] { $count } conversations y sont encore ouvertes. Clôturez-les ou transférez-les d’abord.
}
console-refused-too-often = D’autres essais sont encore en cours. Patientez { $seconds } s, puis recommencez.
console-refused-unreachable = Le service de ce fournisseur ne répond pas en ce moment. Rien n’a été enregistré ; réessayez dans un instant.
console-refused-unreadable = Ce qui a été envoyé n’a pas pu être lu. Rechargez la page, puis recommencez.
console-refused-not-set = Ce service n’est pas configuré sur cette installation : le réglage « { $setting } » manque. Demandez à la personne qui gère cette installation de le définir, puis recommencez.
console-refused-not-usable = Ce service ne peut pas être utilisé sur cette installation : le réglage « { $setting } » n’est pas valable. Demandez à la personne qui gère cette installation de le corriger, puis recommencez.
console-refused-channels = Votre licence ne permet pas d’autre canal : { $used } sur { $limit } sont utilisés. Supprimez un canal, ou demandez une licence plus large à l’administrateur de la plateforme.
console-refused-agents = La licence admet { $limit } agents connectés à la fois ; il y a { $used } agents. Facebook et WhatsApp demandent quelqu’un qui puisse répondre.
console-refused-supervisors = Votre licence ne permet pas d’autre superviseur ni administrateur : { $used } sur { $limit } sont utilisés. Retirez ce rôle à quelqu’un, ou demandez une licence plus large à l’administrateur de la plateforme.
console-refused-omnichannel = Votre licence n’inclut pas le module Omnichannel, nécessaire aux canaux Facebook et WhatsApp. Demandez-le à l’administrateur de la plateforme.
console-refused-survey = Votre licence n’inclut pas le module d’enquête de satisfaction. Décochez l’enquête, ou demandez le module à l’administrateur de la plateforme.
console-french = Français
console-english = Anglais
console-monday = Lundi
console-tuesday = Mardi
console-wednesday = Mercredi
console-thursday = Jeudi
console-friday = Vendredi
console-saturday = Samedi
console-sunday = Dimanche
console-time-from = Heure de début
console-time-to = Heure de fin
console-window-add = Ajouter une plage horaire
console-unit-mb = Mo
console-unit-seconds = secondes
console-unit-hours = heures
console-unit-days = jours
console-unit-units = unités

## La console : les canaux

console-channels = Canaux
console-channels-lead = Les moyens par lesquels vos clients vous écrivent, et où arrivent leurs messages.
console-channels-search = Nom, adresse ou destination
console-channels-empty = Aucun canal pour le moment
console-channels-empty-help = Ajoutez-en un : une discussion sur votre site, un numéro, une boîte aux lettres.
console-all-kinds = Tous les types
console-all-states = Tous les états
console-column-channel = Canal
console-column-address = E-mail/Numéro/Domaine
console-column-destination = Destination
console-column-routing = Routage
console-column-edit = Modifier
console-column-delete = Supprimer
console-not-connected = Pas encore connecté
console-own-page-only = Page à part, par son lien
console-more-domains = { $count ->
    [one] et { $count } autre domaine
   *[other] et { $count } autres domaines
}
console-queue = File d’attente
console-chatbot = Chatbot
console-routing-auto = File d’attente : attribution automatique
console-routing-manual = File d’attente : attribution manuelle
console-routing-chatbot = Chatbot
console-queue-nobody = Cette file d’attente n’a aucun agent : les discussions y attendent sans que personne ne les voie.
console-state-active = Connecté
console-state-degraded = Dégradé
console-state-sign-in = Connexion requise
console-state-pending = En attente de suppression
console-state-deleted = Supprimé
console-health-connected = Connecté
console-health-untried = Pas encore essayé
console-health-degraded = Dégradé : { $why }
console-health-sign-in = Connexion requise
console-health-pending = Suppression le { $date }
console-health-unknown = cause inconnue
console-trouble-sign-in = L’accès au compte a expiré ou a été retiré. Reconnectez le compte ci-dessous pour que les messages circulent de nouveau.
console-trouble-pending = Ce numéro est en attente de suppression. Il fonctionne encore, et vous pouvez le réactiver d’ici là.
console-trouble-degraded = Ce canal ne fonctionne pas entièrement en ce moment. Vérifiez la connexion ci-dessous.
console-trouble-receiving = Ce canal ne peut pas recevoir de messages en ce moment. Vérifiez la connexion IMAP ci-dessous.
console-trouble-sending = Ce canal ne peut pas envoyer de messages en ce moment. Vérifiez la connexion SMTP ci-dessous.
console-trouble-both = Ce canal ne peut ni recevoir ni envoyer de messages en ce moment. Vérifiez les deux connexions ci-dessous.
console-channel-add = Ajouter un canal
console-channel-add-lead = Choisissez un type. Rien n’est créé avant que vous n’enregistriez ses réglages.
console-channel-kind = Type de canal
console-channel-kind-missing = Choisissez un type de canal.
console-kind-live-chat = Une discussion sur votre site web
console-kind-sms = Un numéro qui reçoit et envoie des SMS
console-kind-email = Une boîte aux lettres, la vôtre ou chez Microsoft ou Google
console-kind-facebook = Les messages d’une page Facebook
console-kind-whatsapp = Un numéro WhatsApp Business
console-channel-name = Nom du canal
console-channel-name-offered = Vide : celui du compte connecté.
console-channel-name-number = Vide : le numéro.
console-channel-name-help = Ce que lisent les agents, et les visiteurs d’une discussion. Vide : le domaine, le numéro ou l’adresse e-mail.
console-channel-delete = Supprimer le canal
console-channel-question = Supprimer le canal « { $name } » ?
console-channel-gone = Le canal « { $name } » est supprimé.
console-channel-gone-at = Le canal « { $name } » a été supprimé ({ $at }).
console-gone-help = Il ne peut plus être modifié : il n’est gardé que pour son historique.
console-gone-back = Retour à la liste
console-channel-open = { $count ->
    [0] Aucune conversation n’y est ouverte.
    [one] { $count } conversation y est ouverte ; elle sera close.
   *[other] { $count } conversations y sont ouvertes ; elles seront closes.
}
console-channel-open-many = Plus de { $count } conversations y sont ouvertes ; elles seront closes.
console-channel-warning = La suppression est définitive. L’historique des conversations est conservé.
console-destination = Destination
console-destination-help = Un chatbot guide d’abord le client par des options ; une file d’attente l’accueille directement.
console-destination-queue = File d’attente de destination
console-destination-queue-help = La file d’attente qui reçoit les nouveaux messages.
console-replies = Réponses automatisées
console-replies-help = Envoyées une seule fois par conversation. Un texte vide n’envoie rien ; une réponse désactivée garde son texte ; si une langue manque, l’autre est utilisée.
console-reply-welcome = Bienvenue
console-reply-welcome-help = Au premier message du client.
console-reply-welcome-on = Envoyer la bienvenue
console-reply-hours = En dehors des horaires
console-reply-hours-help = À la place de la bienvenue, quand vous êtes fermé. Un jour de fermeture, {"{reason}"} devient sa description ; sans cela, elle figure sous le texte.
console-reply-hours-on = Envoyer la réponse en dehors des horaires
console-reply-nobody = Aucun agent disponible
console-reply-nobody-help = Quand personne n’est connecté à la file d’attente.
console-reply-nobody-on = Envoyer la réponse quand aucun agent n’est disponible
console-reply-closed = Conversation close
console-reply-closed-help = Quand un agent clôt la conversation, ou quand un long silence la clôt.
console-reply-closed-on = Envoyer la réponse quand une conversation est close
console-channel-language = Langue du canal
console-channel-language-help = Pour les textes automatiques, quand la langue du client n’est pas connue.
console-language-tenant = Celle des réglages
console-verify = Vérifier la connexion
console-verify-imap = Vérifier la connexion (IMAP)
console-verify-smtp = Vérifier la connexion (SMTP)
console-verified = La connexion fonctionne.
console-verified-numbers = L’accès fonctionne, et les numéros sont bien à ce compte.
console-verified-signed-in = L’accès fonctionne. Si les numéros sont à ce compte, le fournisseur ne le dit pas.
console-verified-reached = Le fournisseur répond. Seul un vrai message montrera s’il accepte l’accès.
console-verified-nothing = Les réglages sont complets. Seul un vrai message montrera s’ils fonctionnent.
console-verify-name = Ce nom d’hôte n’existe pas. Vérifiez l’orthographe.
console-verify-connection = Rien ne répond sur ce port. Vérifiez l’hôte, le port et le pare-feu.
console-verify-timeout = Le serveur a mis trop de temps à répondre. Réessayez, ou vérifiez le port et le pare-feu.
console-verify-tls = La connexion chiffrée a échoué. Vérifiez la sécurité choisie.
console-verify-untrusted = Le certificat du serveur vient d’une autorité inconnue ici. Faites-le remplacer, ou faites ajouter l’autorité à cette installation.
console-verify-wrong-name = Le certificat du serveur est à un autre nom. Saisissez le nom pour lequel il est fait.
console-verify-expired = Le certificat du serveur n’est pas valable aujourd’hui. Faites-le renouveler.
console-verify-no-tls = Ce port ne parle pas TLS. Choisissez une autre sécurité ou un autre port.
console-verify-implicit = Ce port parle TLS dès le premier octet. Choisissez « TLS ».
console-verify-tls-required = Le serveur refuse la connexion sans chiffrement. Choisissez « STARTTLS » ou « TLS ».
console-verify-greeting = Le serveur a raccroché au lieu de saluer. Vérifiez le port, ou demandez si cette adresse a le droit de se connecter.
console-verify-not-imap = Ce qui répond ici n’est pas un serveur IMAP. Vérifiez le port.
console-verify-not-smtp = Ce qui répond ici n’est pas un serveur SMTP. Vérifiez le port.
console-verify-sign-in = Le serveur a refusé l’identifiant ou le mot de passe.
console-verify-app-password = Ce compte demande un mot de passe d’application au lieu de l’habituel. Créez-en un dans ses paramètres de sécurité.
console-verify-oauth = Ce compte ne s’ouvre pas par un mot de passe. Choisissez son fournisseur ci-dessus et connectez-vous.
console-verify-disabled = Ce protocole est désactivé pour le compte. Activez-le dans ses paramètres.
console-verify-not-offered = Le serveur ne propose aucune connexion connue ici. Vérifiez la sécurité et le port.
console-verify-later = Trop de tentatives. Attendez quelques minutes, puis réessayez.
console-verify-folder = Connexion établie, mais aucune boîte de réception ne s’ouvre.
console-verify-sender = Connexion établie, mais le serveur n’envoie pas pour cette adresse. Vérifiez l’adresse, ou les droits du compte.
console-verify-account = Le service a refusé le compte.
console-verify-number = Le service a refusé le numéro.
console-verify-connect-again = L’accès n’est plus valable. Connectez-vous de nouveau.
console-verify-not-available = Ce service n’est pas configuré sur cette installation. Demandez à qui l’exploite.
console-verify-password-needed = Le serveur ou l’utilisateur n’est pas celui qui est enregistré. Saisissez de nouveau le mot de passe pour l’essayer.
console-verify-not-set = Il manque quelque chose. Remplissez les champs ci-dessus.
console-verify-not-usable = Une valeur ne convient pas à ce fournisseur. Corrigez-la et enregistrez.
console-verify-not-assigned = Le numéro n’appartient pas à ce compte.
console-verify-cannot-text = Le numéro ne peut ni envoyer ni recevoir de SMS.
console-verify-system-id = Le fournisseur ne connaît pas ce System ID. Vérifiez-le.
console-verify-system-type = Le fournisseur n’accepte pas ce System type. Vérifiez-le.
console-verify-bind = Le fournisseur a refusé d’ouvrir la session. Demandez-lui combien de sessions il permet, et s’il accepte l’adresse de ce serveur.
console-verify-inactive = Le compte est suspendu ou fermé. Réglez-le avec le fournisseur.
console-verify-bad-address = L’adresse n’est pas valable. Corrigez-la.
console-verify-fault = Le service n’a pas répondu comme il devrait. Réessayez plus tard, ou vérifiez l’adresse.
console-verify-not-found = Le service ne connaît pas cet identifiant. Vérifiez-le.
console-verify-hub-permission = L’autorisation a été retirée chez 360Dialog : connectez de nouveau.
console-verify-hub-terminated = 360Dialog a mis fin au numéro. Il peut être rétabli dans le hub 360Dialog.
console-verify-hub-deleted = 360Dialog a supprimé le numéro.
console-verify-hub-templates = 360Dialog a désactivé les messages modèles.
console-verify-hub-violation = WhatsApp signale une infraction à ses règles.
console-verify-hub-restriction = WhatsApp restreint le compte.
console-health-rests = Le canal a échoué trop souvent et se repose un moment. Ce qui lui est parvenu entre-temps est parmi les lettres mortes.
console-health-setting = Le réglage { $setting } manque. L’exploitant de cette installation le renseigne.
console-verify-other = La vérification a échoué.

## La console : discussion en direct

console-domain = Domaine
console-domain-add = Ajouter un domaine
console-domain-none = Aucun domaine. La discussion n’apparaît nulle part.
console-domain-none-standalone = Aucun domaine : la discussion ne s’ouvre que sur sa page à part.
console-domains-help = Les sites où la discussion fonctionne, sans https://. Le premier apparaît dans la liste des canaux ; *.example.fr couvre les sous-domaines.
console-live-chat-forms-help = Ce que le visiteur remplit avant de discuter, ou quand personne ne peut répondre.
console-prechat-form = Formulaire de pré-chat
console-prechat-form-help = Avant la discussion.
console-leave-form = Formulaire « laisser un message »
console-leave-form-help = En dehors des horaires, si aucun agent n’est connecté à la file d’attente, ou si le visiteur renonce à attendre.
console-leave-form-usual = Formulaire habituel (nom, e-mail et message)
console-form-usual = Formulaire habituel (nom et e-mail)
console-look = Apparence
console-look-help = L’aperçu suit ce que vous saisissez ; vos visiteurs le voient une fois enregistré.
console-color = Couleur
console-color-own = Utiliser cette couleur
console-color-help = Sinon, la bulle est bleue.
console-chat-title = Titre
console-chat-title-help = En haut de la discussion. Vide : le nom du canal.
console-chat-greeting = Message d’accueil
console-chat-greeting-help = Au-dessus du formulaire de pré-chat.
console-preview = Aperçu
console-preview-title = Discussion
console-widget = Chat Widget
console-widget-help = Le code qui affiche la discussion sur votre site.
console-widget-later = Le code arrive après l’enregistrement
console-widget-later-help = Enregistrez le canal : son code apparaît ici, prêt à être copié.
console-snippet = À coller dans chaque page, juste avant </body>
console-standalone = La discussion s’ouvre aussi sur une page à part
console-standalone-help = Pour un lien dans un e-mail ou une signature, sans site web.
console-standalone-link = Lien de la page à part

## La console : SMS

console-number = Numéro
console-sms-number-help = Au format international. Il doit être rattaché à un trunk SMS actif.
console-sms-trunk = Trunk SMS
console-sms-trunk-help = Le service qui transporte les messages de ce numéro.

## La console : e-mail

console-mail-provider = Fournisseur de messagerie
console-mail-provider-help = Le choix change les réglages affichés.
console-provider-custom = Serveur personnalisé
console-provider-microsoft = Microsoft
console-provider-gmail = Gmail
console-mail-address = Adresse e-mail
console-mail-address-help = L’adresse à laquelle vos clients écrivent, et d’où partent les réponses.
console-imap = Connexion IMAP
console-imap-help = Pour recevoir les e-mails.
console-imap-host = Serveur IMAP
console-imap-username = Nom d’utilisateur IMAP
console-imap-port = Port IMAP
console-imap-host-help = Port habituel : 993 (TLS).
console-smtp = Connexion SMTP
console-smtp-help = Pour envoyer les réponses.
console-smtp-host = Serveur SMTP
console-smtp-username = Nom d’utilisateur SMTP
console-smtp-port = Port SMTP
console-smtp-host-help = Port habituel : 587 (STARTTLS).
console-username = Nom d’utilisateur
console-password = Mot de passe
console-host = Nom d’hôte
console-port = Port
console-security = Sécurité
console-tls = TLS
console-starttls = STARTTLS
console-no-tls = Aucune
console-microsoft = Compte Microsoft
console-microsoft-help = Vous vous connectez chez Microsoft et acceptez les autorisations ; aucun mot de passe n’est saisi ici. Les serveurs se remplissent d’eux-mêmes.
console-microsoft-sign-on = Microsoft SignOn
console-gmail = Compte Gmail
console-gmail-help = Vous vous connectez chez Google et autorisez l’accès ; aucun mot de passe n’est saisi ici. Les serveurs se remplissent d’eux-mêmes.
console-gmail-sign-on = Gmail SignOn
console-delivery = Réception
console-attachment-max = Limite de taille des pièces jointes
console-attachment-max-help = De 1 à 25 Mo. Un e-mail qui dépasse arrive sans les pièces trop grandes, avec une note.
console-check-interval = Intervalle de vérification des e-mails
console-check-interval-help = De 10 à 3 600 secondes. Quand le serveur le permet, les e-mails arrivent aussitôt.

## La console : connexions chez d'autres

console-sign-on = Connexion au compte
console-sign-on-open = Ouvrir la fenêtre de connexion
console-sign-on-check = J’ai terminé
console-sign-on-ready = Le compte est connecté. Choisissez la destination, puis enregistrez.
console-sign-on-waiting = La connexion n’est pas encore terminée. Si sa fenêtre a été fermée avant la fin, ouvrez-la de nouveau.
console-sign-on-failed = La connexion n’a pas abouti : { $why }
console-sign-on-gone = La connexion a expiré. Recommencez.
console-before-you-begin = Avant de commencer
console-needs-met = présent
console-needs-unmet = manque
console-needs-version = Écluse { $version }, installé ici
console-needs-connect = Le service de connexion aux comptes, configuré sur cette installation
console-needs-connect-setting = Le service de connexion aux comptes : réglage « { $setting } » de cette installation
console-needs-seats = Édition Agent : assez de places pour la charge prévue
console-needs-seats-of = Édition Agent : assez de places pour la charge prévue (places : { $seats }, personnes : { $people })
console-needs-supervisors = Édition Superviseur : des places
console-needs-omnichannel = Le module Omnichannel dans votre licence
console-needs-facebook = Un compte Facebook actif
console-needs-business = Un compte professionnel Meta (Business Manager)
console-needs-developer = Un compte développeur Meta
console-needs-app = Une application Meta, la vôtre ou une à laquelle vous avez été ajouté
console-needs-own-number = Un numéro qui vous appartient
console-needs-country-code = Avec indicatif de pays et de région (pas de numéro court)
console-needs-reachable = Capable de recevoir un appel ou un SMS de vérification
console-needs-business-manager = Un compte Facebook avec un Business Manager
console-needs-partner = Un compte partenaire WhatsApp 360Dialog
console-facebook-page = Page Facebook
console-facebook-name = Nom
console-facebook-id = ID
console-facebook-connect = Se connecter avec Facebook
console-filled-by-facebook = Rempli automatiquement après la connexion.
console-whatsapp-number = Numéro WhatsApp
console-whatsapp-connect = Se connecter avec WhatsApp
console-filled-by-whatsapp = Rempli automatiquement après la connexion.
console-whatsapp-provider = Fournisseur
console-whatsapp-provider-help = Qui achemine les messages du numéro.
console-whatsapp-dialog360 = 360Dialog
console-whatsapp-cloud = Meta Cloud API
console-whatsapp-cloud-help = Depuis votre application Meta, sous WhatsApp > Configuration de l’API. Le numéro est lu chez Meta à l’enregistrement.
console-whatsapp-phone-number-id = Identifiant du numéro de téléphone
console-whatsapp-account-id = Identifiant du compte WhatsApp Business
console-whatsapp-token = Jeton d’accès
console-whatsapp-token-help = D’un utilisateur système, sans date d’expiration, avec les autorisations whatsapp_business_messaging et whatsapp_business_management.
console-whatsapp-client = 360Dialog Client ID
console-whatsapp-channel = 360Dialog Channel ID
console-webhook-url = Adresse du webhook
console-webhook-url-help = À donner au fournisseur s’il la demande.
console-reactivate = Réactiver ce numéro
console-whatsapp-question = Êtes-vous sûr de vouloir supprimer le numéro : { $number } ?
console-whatsapp-scheduled = La suppression du numéro { $number } est déjà prévue : il fonctionne jusqu’au { $date } inclus.
console-whatsapp-pending = Dans le cas de la suppression du numéro, votre numéro passera dans un statut en attente de suppression qui durera jusqu’à la fin du mois en cours.
console-whatsapp-meanwhile = Sachez que pendant cette période, vous pourrez envoyer ou recevoir des messages et réactiver votre numéro, mais vous ne pourrez pas créer de nouveau canal WhatsApp avec ce numéro.
console-whatsapp-open = { $count ->
    [0] Aucune conversation n’y est ouverte.
    [one] { $count } conversation y est ouverte ; elle continue, et ce qui sera encore ouvert à la fin du mois sera clos.
   *[other] { $count } conversations y sont ouvertes ; elles continuent, et celles encore ouvertes à la fin du mois seront closes.
}
console-whatsapp-open-many = Plus de { $count } conversations y sont ouvertes ; elles continuent, et celles encore ouvertes à la fin du mois seront closes.
console-whatsapp-reactivate = Afin de réactiver votre numéro, veuillez contacter votre administrateur du hub partenaire 360Dialog.

## La console : files d'attente

console-queues = Files d’attente
console-queues-lead = Un sujet ou un service par file d’attente ; les agents y travaillent les discussions.
console-queues-search = Nom de la file d’attente
console-queues-empty = Aucune file d’attente pour le moment
console-queues-empty-help = Créez-en une pour que les messages aient où arriver.
console-queue-add = Ajouter une file d’attente
console-queue-delete = Supprimer la file d’attente
console-queue-question = Supprimer la file d’attente « { $name } » ?
console-queue-warning = La suppression est définitive. Elle est refusée tant qu’un canal ou un chatbot y mène.
console-queue-name-help = De 1 à 64 lettres, chiffres, espaces, _ ou -.
console-strategy = Stratégie
console-strategy-auto = Attribution automatique
console-strategy-auto-help = Le système propose chaque discussion à un agent disponible.
console-strategy-manual = Attribution manuelle
console-strategy-manual-help = Les agents prennent les discussions ; agents et superviseurs peuvent aussi les confier.
console-members = Membres
console-members-help = Les agents qui peuvent travailler dans cette file d’attente.
console-members-search = Nom ou numéro de l’agent
console-agents = Agents
console-agent = Agent
console-offers = Répartition
console-offers-help = Qui reçoit une discussion, et combien à la fois.
console-order = Ordre
console-order-help = À qui une discussion est proposée d’abord.
console-order-longest-idle = Inactif depuis le plus longtemps
console-order-round-robin = À tour de rôle
console-order-fewest-open = Le moins de discussions ouvertes
console-order-most-spare = Le plus de capacité libre
console-offer-timeout = Délai de réponse à une proposition
console-offer-timeout-help = Ensuite, la discussion est proposée à l’agent suivant.
console-max-per-agent = Discussions par agent
console-max-per-agent-help = Au plus, dans cette file d’attente. Les e-mails sont comptés à part, jusqu’au même nombre. 0 : sans limite.
console-agent-lost = Si un agent se déconnecte
console-agent-lost-help = Ce que deviennent ses discussions ouvertes, passé le délai de grâce.
console-lost-keep = Elles restent les siennes
console-lost-requeue = Elles retournent dans la file d’attente
console-hours = Horaires d’ouverture
console-hours-help = Quand de nouvelles discussions sont prises ; une discussion ouverte continue.
console-hours-status = Horaires
console-hours-inherit = Hériter
console-hours-inherit-help = Les horaires des réglages généraux.
console-hours-on = Oui
console-hours-on-help = Des horaires propres à cette file d’attente.
console-hours-off = Non
console-hours-silent = En dehors des horaires, qui écrit ici ne reçoit rien : la réponse prévue pour cela n’a pas de texte.
console-hours-silent-channels = En dehors des horaires, qui écrit sur ces canaux ne reçoit rien, car leur réponse prévue pour cela n’a pas de texte : { $channels }
console-hours-off-help = Toujours ouverte.
console-open-days = Jours d’ouverture
console-open-days-help = Laissez vides les jours de fermeture. Une fin avant le début se termine le lendemain ; la même heure au début et à la fin est la journée entière.
console-closed-dates = Dates de fermeture
console-closed-dates-help = Elles l’emportent sur les jours d’ouverture.
console-closed-date = Fermeture
console-closed-date-add = Ajouter une fermeture
console-closed-date-none = Aucune fermeture prévue.
console-closed-date-help = Les clients la lisent dans la réponse en dehors des horaires : à la place de {"{reason}"}, sinon sous le texte. Elle peut rester vide.
console-date-from = Du
console-date-to = Au
console-care = Suivi des clients
console-returning = Proposer un client qui revient à l’agent qui le connaît
console-returning-help = Pendant la durée indiquée dans les réglages.
console-survey = Envoyer une enquête de satisfaction à la fin
console-survey-help = Demande le module d’enquête dans la licence.

## La console : chatbots

console-chatbots = Chatbots
console-chatbots-lead = Un menu d’options qui mène le client à la bonne file d’attente.
console-chatbots-search = Nom du chatbot
console-chatbots-empty = Aucun chatbot pour le moment
console-chatbots-empty-help = Ajoutez-en un pour guider vos clients avant qu’un agent ne réponde.
console-chatbot-add = Ajouter un chatbot
console-chatbot-delete = Supprimer le chatbot
console-chatbot-question = Supprimer le chatbot « { $name } » ?
console-chatbot-warning = La suppression est définitive. Elle est refusée tant qu’un canal y mène.
console-bot-says = Ce qu’il dit
console-bot-says-help = Au client, dans sa langue.
console-bot-greeting = Accueil
console-bot-greeting-help = Au-dessus des options. Vide : les options seules.
console-bot-invalid = Réponse inconnue
console-bot-invalid-help = Quand la réponse n’est aucune des options.
console-bot-handover = Passage à un agent
console-bot-handover-help = Quand une file d’attente a été choisie.
console-options = Options
console-options-help = Dix par niveau au plus, sur cinq niveaux. Le client répond par le numéro ou le texte.
console-option = Option
console-option-add = Ajouter une option
console-option-none = Aucune option.
console-option-label = Texte de l’option
console-option-leads-to = Mène à
console-option-answer = Réponse
console-leads-to-queue = Une file d’attente
console-leads-to-text = Une réponse, puis à nouveau les options
console-leads-to-menu = D’autres options
console-menu-text = Texte au-dessus de ces options
console-menu-options = Options suivantes
console-bot-limits = Limites
console-fallback = File d’attente par défaut
console-fallback-help = Après trop de réponses inconnues, ou sans réponse.
console-invalid-max = Réponses inconnues de suite
console-invalid-max-help = Avant la file d’attente par défaut.
console-bot-timeout = Sans réponse pendant
console-bot-timeout-help = Ensuite, la file d’attente par défaut ; sans elle, la discussion est close.
console-concurrency = Discussions à la fois
console-concurrency-help = 0 : sans limite.
console-try = Essayez-le
console-try-again = Recommencer
console-try-answer = Votre réponse
console-try-send = Envoyer
console-try-you = Vous
console-try-bot = Chatbot
console-try-queue = → File d’attente :
console-try-empty = Ajoutez d’abord une option avec un texte.
console-try-noscript = L’essai a besoin de JavaScript ; tout le reste de la page fonctionne sans.

## La console : formulaires des visiteurs

console-forms = Formulaires
console-forms-lead = Ce que vos visiteurs remplissent avant une discussion, ou quand personne ne peut répondre.
console-forms-search = Nom du formulaire
console-forms-empty = Aucun formulaire pour le moment
console-forms-empty-help = Sans formulaire, la discussion demande le nom et l’adresse e-mail.
console-form-add = Ajouter un formulaire
console-form-delete = Supprimer le formulaire
console-form-question = Supprimer le formulaire « { $name } » ?
console-form-warning = La suppression est définitive. Elle est refusée tant qu’un canal l’utilise.
console-purpose = Usage
console-purpose-help = Détermine où ce formulaire peut être choisi.
console-purpose-prechat = Avant la discussion
console-purpose-leave = Laisser un message
console-form-words = Textes
console-form-words-help = En haut du formulaire.
console-form-title = Titre
console-form-intro = Introduction
console-form-fields = Champs
console-form-fields-help = Dans l’ordre où le visiteur les voit.
console-field = Champ
console-field-add = Ajouter un champ
console-field-none = Aucun champ.
console-field-label = Intitulé
console-field-name = Nom technique
console-field-name-help = Unique dans le formulaire, par exemple email.
console-field-type = Type
console-field-required = Réponse obligatoire
console-type-text = Texte
console-type-email = Adresse e-mail
console-type-phone = Téléphone
console-type-multiline = Texte long
console-type-choice = Choix
console-choices = Choix proposés
console-choice = Choix
console-choice-add = Ajouter un choix
console-choice-none = Aucun choix.

## La console : trunks SMS

console-sms-trunks = Trunks SMS
console-sms-trunks-lead = Les services qui transportent vos SMS, et les numéros qu’ils desservent.
console-sms-trunks-search = Nom ou numéro
console-sms-trunks-empty = Aucun trunk SMS pour le moment
console-sms-trunks-empty-help = Ajoutez-en un pour pouvoir créer des canaux SMS.
console-sms-trunk-add = Ajouter un trunk SMS
console-sms-trunk-delete = Supprimer le trunk SMS
console-sms-trunk-question = Supprimer le trunk SMS « { $name } » ?
console-sms-trunk-warning = La suppression est définitive. Elle est refusée tant qu’un canal l’utilise.
console-provider = Fournisseur
console-numbers = Numéros
console-numbers-help = Les numéros activés pour les SMS, au format international.
console-number-add = Ajouter un numéro
console-number-none = Aucun numéro.
console-enabled = Activé
console-disabled = Désactivé
console-trunk-enabled = Ce trunk est actif
console-trunk-enabled-help = Désactivé, il n’envoie ni ne reçoit rien.
console-trunk-verify = Vérifier le trunk enregistré
console-trunk-telnyx = Telnyx
console-trunk-bandwidth = Bandwidth
console-trunk-twilio = Twilio
console-trunk-vi = VoIP Innovations
console-trunk-ozsms = OZSMS
console-trunk-smpp = SMPP
console-trunk-http = HTTP (autre service)
console-api-key = Clé d’API
console-messaging-profile = Profil de messagerie (ID)
console-public-key = Clé publique
console-public-key-help = Vérifie la signature des messages entrants.
console-user-id = ID utilisateur
console-app-id = ID d’application
console-account-sid = Account SID
console-auth-token = Auth Token
console-login = Identifiant
console-secret = Secret
console-smpp-tls = Chiffrer la connexion (TLS)
console-system-id = System ID
console-system-type = System type
console-bind = Type de session
console-bind-transceiver = Transceiver (une session pour les deux sens)
console-bind-pair = Transmitter et receiver (deux sessions)
console-binds = Sessions
console-window = Fenêtre
console-enquire-link = Enquire link
console-url = Adresse (URL)
console-method = Méthode
console-method-post = POST
console-method-get = GET
console-method-put = PUT
console-headers = En-têtes
console-headers-help = Un par ligne, sous la forme Nom: valeur.
console-body = Corps de la requête
console-body-help = Avec les repères du service pour le numéro et le texte.
console-id-pointer = Pointeur vers l’identifiant
console-id-pointer-help = Où la réponse JSON donne l’identifiant du message, par exemple /data/id.
console-token = Jeton
console-token-help = Protège l’adresse qui reçoit les messages.

## La console : agents

console-agents-lead = Les personnes qui se connectent : agents, superviseurs et administrateurs.
console-agents-search = Nom, numéro ou e-mail
console-agents-empty = Personne pour le moment
console-agents-empty-help = Ajoutez vos agents un par un, ou importez-les depuis un fichier CSV.
console-all-roles = Tous les rôles
console-agent-add = Ajouter un agent
console-agent-delete = Supprimer l’agent
console-agent-question = Supprimer { $name } ?
console-agent-warning = La suppression est définitive et ne peut pas être annulée. Elle est refusée tant que l’agent est connecté.
console-agent-invited = Invitation en attente
console-full-name = Nom complet
console-email = E-mail
console-agent-email-help = Sert à se connecter.
console-role = Rôle
console-role-agent = Agent
console-role-agent-help = Répond aux clients.
console-role-supervisor = Superviseur
console-role-supervisor-help = Voit aussi toutes les conversations et les attribue.
console-role-administrator = Administrateur
console-role-administrator-help = Change aussi la configuration.
console-work = Travail
console-work-help = Le numéro, le code PIN et la charge.
console-agent-number-help = Quatre chiffres, unique. Vide : le premier numéro libre.
console-pin = Code PIN
console-pin-help = De 4 à 10 chiffres, demandés à la connexion.
console-pin-required = Code PIN requis
console-wrap-up = Temps de conclusion (s)
console-wrap-up-help = Entre la fin d’une discussion et la proposition suivante.
console-capacity = Capacité
console-capacity-help = En unités. Ce que prend une conversation de chaque canal se règle dans Réglages, « Charge des agents ».
console-agent-pages = Pages
console-language-browser = Celle du navigateur
console-invite = Nouveau lien pour choisir un mot de passe
console-invitation = Lien d’invitation
console-invitation-help = Transmettez-le à la personne : il lui permet de choisir son mot de passe, une seule fois, pendant 7 jours. Il n’est montré que maintenant.
console-once-label = À copier maintenant
console-import = Importer
console-export = Exporter
console-import-lead = Ajoute les agents au numéro inconnu et met à jour les autres.
console-import-help = La première ligne nomme les colonnes ; name et email sont obligatoires. Une personne ajoutée n’a pas encore de mot de passe : sa page donne le lien pour en choisir un.
console-import-file = Choisir un fichier CSV
console-import-text = Contenu CSV
console-import-empty = Collez le contenu du fichier CSV.
console-import-report = Résultat de l’import
console-import-summary = Ajoutés : { $added }, mis à jour : { $changed }, inchangés : { $unchanged }, ignorés : { $skipped }.
console-import-line = Ligne
console-import-outcome = Résultat
console-import-added = Ajouté
console-import-changed = Mis à jour
console-import-unchanged = Inchangé
console-import-skipped = Ignoré

## La console : clés d'API

console-api-keys = Clés d’API
console-api-keys-lead = L’accès des programmes à l’interface REST.
console-api-keys-empty = Aucune clé pour le moment
console-api-keys-empty-help = Créez-en une pour chaque programme, afin de pouvoir la révoquer seule.
console-api-key-add = Créer une clé
console-api-key-name-help = Le programme auquel elle sert.
console-api-key-role-help = Ce que le programme a le droit de faire.
console-api-key-new = Nouvelle clé d’API
console-api-key-new-help = Elle n’est montrée que maintenant : copiez-la dans votre programme.
console-api-key-revoke = Révoquer
console-api-key-question = Révoquer la clé « { $name } » ?
console-api-key-warning = Les programmes qui l’utilisent perdent l’accès aussitôt.
console-created = Créée le
console-last-used = Dernière utilisation

## La console : réglages

console-settings = Réglages
console-settings-lead = Ce qui vaut pour toute la messagerie.
console-settings-general = Général
console-alert-email = E-mail d’alerte
console-alert-email-help = Reçoit les alertes : un client banni automatiquement, un canal qui a un problème ou qu’il faut reconnecter. Un bannissement à la main n’en envoie pas.
console-time-zone = Fuseau horaire
console-time-zone-help = Pour les horaires d’ouverture et les échéances.
console-tenant-language = Langue des textes automatiques
console-tenant-language-help = Quand celle du client n’est pas connue.
console-public-url = Adresse publique
console-public-url-help = Les codes, liens et webhooks en sont faits. L’installation peut l’avoir fixée.
console-mail = Courrier sortant
console-mail-help = Pour les alertes. Sans nom d’hôte, rien n’est envoyé. Les liens d’invitation ne partent pas par e-mail : la console les montre à qui ajoute la personne.
console-mail-from = Expéditeur
console-mail-from-help = L’adresse que voient les destinataires.
console-hours-global-help = Valent pour les files d’attente qui en héritent.
console-hours-global-on-help = Aux jours et heures ci-dessous.
console-hours-global-off-help = Toujours ouvert.
console-weights = Charge des agents
console-weights-help = Ce que chaque conversation ouverte prend de la capacité de l’agent, réglée sur sa fiche (100 unités au départ). Un changement vaut aussitôt, aussi pour les conversations ouvertes, sans les retirer à personne.
console-abuse = Abus et bannissements
console-abuse-help = Un expéditeur qui dépasse ces limites par discussion en direct ou SMS est banni, et l’adresse d’alerte en est informée.
console-abuse-enabled = Bannir automatiquement
console-abuse-enabled-help = Vous pouvez toujours bannir à la main.
console-abuse-messages = Messages
console-abuse-conversations = Nouvelles conversations
console-abuse-within = En
console-ban-hours = Durée du bannissement
console-attachments = Pièces jointes et e-mail
console-attachments-help = De 1 à 25 Mo, pour tous les canaux.
console-reopen = Une réponse rouvre la conversation pendant
console-reopen-help = Pour les e-mails. Plus tard, une nouvelle conversation commence.
console-settings-returning = Clients qui reviennent
console-returning-days = Se souvenir de l’agent pendant
console-returning-days-help = 0 : jamais.
console-retention = Conservation
console-retention-days = Effacer les conversations closes après
console-retention-days-help = Vide : jamais. L’effacement est définitif.

## La console : alertes

console-alerts = Alertes
console-alerts-lead = Ce qui attend quelqu’un, et si l’adresse d’alerte a été prévenue.
console-alerts-empty = Tout va bien
console-alerts-empty-help = Les bannissements automatiques et les canaux qui attendent quelqu’un apparaissent ici.
console-alert = Alerte
console-alert-act = Ouvrir
console-alert-banned = { $kind } : { $address } a été banni. { $reason }.
console-alert-banned-remedy = Le bannissement se termine tout seul. Si c’est une erreur, levez-le.
console-alert-degraded = Le canal { $name } a un problème : { $reason }
console-alert-degraded-remedy = Vérifiez la connexion du canal et corrigez ses réglages.
console-alert-sign-in = Le canal { $name } doit être connecté de nouveau.
console-alert-sign-in-remedy = Rien n’est reçu ni envoyé tant que personne ne s’est reconnecté sur la page du canal.
console-alert-mail = E-mail
console-alert-mail-foot = Vous recevez ce message parce que votre adresse est l’adresse d’alerte dans les réglages d’Écluse.
console-alert-mail-sent = Envoyé
console-alert-mail-waiting = À envoyer ; nouvel essai bientôt
console-alert-mail-no-address = Pas envoyé : aucune adresse d’alerte dans les réglages
console-alert-mail-no-account = Pas envoyé : aucun compte d’envoi dans les réglages
console-alert-mail-refused = Pas envoyé : le serveur l’a refusé
console-alert-mail-given-up = Pas envoyé : le serveur n’a pas pu être utilisé pendant un jour

## La console : surveillance

console-when = Quand
console-who = Qui
console-what = Quoi
console-changes = Changements
console-bans = Bannissements
console-bans-lead = Qui ne peut plus écrire, pourquoi et jusqu’à quand.
console-bans-empty = Personne n’est banni
console-bans-empty-help = Les bannissements automatiques apparaissent ici ; vous pouvez aussi bannir à la main.
console-ban = Bannissement
console-ban-add = Bannir une adresse
console-ban-address = Adresse
console-ban-address-help = Numéro, adresse e-mail ou identifiant du client ; celui d’un visiteur se copie depuis son profil, au poste.
console-ban-reason = Motif
console-ban-reason-help = Pour vos collègues ; le client ne le voit pas.
console-ban-messages = Trop de messages
console-ban-conversations = Trop de nouvelles conversations
console-ban-automatic = Automatique
console-ban-since = Depuis
console-ban-until = Jusqu’à
console-ban-until-help = Vide : jusqu’à ce que quelqu’un le lève.
console-ban-for-good = Jusqu’à nouvel ordre
console-ban-lift = Lever
console-ban-question = Lever le bannissement de { $name } ?
console-ban-warning = Cette personne pourra de nouveau vous écrire.
console-dead-letters = Lettres mortes
console-dead-letters-lead = Des messages qui n’ont pas pu être traités ; ils ne sont pas perdus.
console-dead-letters-empty = Aucune lettre morte
console-dead-letters-empty-help = Tous les messages ont pu être traités.
console-dead-letter-address = Client
console-dead-letter-cause = Cause
console-dead-letter-again = Renvoyer
console-dead-letter-put-away = Écarter
console-dead-letter-question = Écarter la lettre morte de { $name } ?
console-dead-letter-warning = Elle quitte cette liste et ne pourra plus être renvoyée.
console-audit = Journal d’audit
console-audit-lead = Qui a changé quoi, et quand. Les secrets n’y figurent pas.
console-audit-empty = Aucun changement enregistré
console-audit-empty-help = Chaque changement de configuration apparaît ici, ainsi que chaque export ou effacement d’un contact.
console-audit-all-resources = Tous les éléments
console-audit-all-actions = Toutes les actions
console-audit-by = Nom de la personne ou de la clé
console-audit-all-editors = Toutes les personnes
console-audit-secrets = Secrets modifiés
console-audit-secrets-kept = Secrets enregistrés
console-audit-address = Adresse
console-audit-destination-chatbot = Chatbot de destination
console-audit-state = État
console-audit-health = État de la connexion
console-audit-healthy = Sans problème connu
console-audit-works-until = Fonctionne jusqu’au
console-audit-banned-by = Banni par
console-audit-lifted-at = Levé le
console-audit-webhook-secret = Secret du webhook
console-audit-webhook-headers = En-têtes du webhook
console-audit-imap-password = Mot de passe IMAP
console-audit-smtp-password = Mot de passe SMTP
console-audit-consent = Accès au compte
console-audit-channel = Canal
console-audit-queue = File d’attente
console-audit-chatbot = Chatbot
console-audit-form = Formulaire
console-audit-sms-trunk = Trunk SMS
console-audit-agent = Agent
console-audit-settings = Réglages
console-audit-ban = Bannissement
console-audit-api-key = Clé d’API
console-audit-licence = Licence
console-audit-tenant = Tenant
console-audit-contact = Contact
console-audit-active = actif
console-audit-created = créé
console-audit-changed = modifié
console-audit-deleted = supprimé
console-audit-password = mot de passe choisi
console-audit-link = lien donné
console-audit-scheduled = suppression prévue
console-audit-lifted = levé
console-audit-reactivated = réactivé
console-audit-erased = effacé
console-audit-exported = exporté
console-licence = Licence
console-licence-lead = Ce que votre licence permet, et ce qui en est utilisé.
console-licence-of = { $used } sur { $max }
console-licence-unlimited = { $used }, sans limite
console-licence-agents = Édition Agent
console-licence-agents-help = Places : personnes au travail en même temps ; qui vient de perdre la connexion garde la sienne un moment. Au-delà, plus personne ne peut commencer à travailler. Sans aucune, il n’y a ni Facebook ni WhatsApp.
console-licence-people = Personnes
console-licence-people-help = Toutes les personnes qui peuvent travailler comme agents, superviseurs et administrateurs compris. Elles ne prennent une place que lorsqu’elles travaillent.
console-licence-supervisors = Édition Superviseur
console-licence-supervisors-help = Places : personnes avec ce rôle ou plus. Au-delà, le rôle ne peut plus être donné. Sans aucune, il n’y a ni Facebook ni WhatsApp.
console-licence-channels = Canaux
console-licence-channels-help = Au-delà, aucun canal ne peut être créé ; ceux qui existent continuent.
console-licence-modules = Modules
console-licence-omnichannel = Omnichannel
console-licence-omnichannel-help = Sans lui, les canaux Facebook et WhatsApp ne peuvent pas être créés.
console-licence-survey = Enquête de satisfaction
console-licence-survey-help = Sans lui, aucune enquête n’est envoyée.
console-licence-on = Inclus
console-licence-off = Non inclus
console-tenants = Tenants
console-tenants-lead = Les organisations de ce déploiement, chacune séparée des autres.
console-tenants-search = Nom ou clé
console-tenants-empty = Aucun tenant
console-tenants-empty-help = Ajoutez-en un pour une autre organisation.
console-tenant-add = Ajouter un tenant
console-key = Clé
console-tenant-administrator = Premier administrateur
console-tenant-administrator-help = Reçoit un lien pour choisir son mot de passe.
console-tenant-licence-help = Ce que ce tenant peut utiliser. Un champ vide : sans limite.
console-key-help = Son nom dans les fichiers de configuration. Vide : tirée du nom.

## La connexion des comptes

cmp-title-facebook = Connecter une page Facebook
cmp-title-whatsapp = Connecter un numéro WhatsApp
cmp-title-microsoft = Connecter une boîte Microsoft
cmp-title-gmail = Connecter une boîte Gmail
cmp-invite-facebook = Connectez-vous avec Facebook, puis choisissez la page dont les messages arriveront dans votre file d’attente.
cmp-invite-whatsapp = Connectez-vous chez 360Dialog, puis autorisez le numéro dont les messages arriveront dans votre file d’attente.
cmp-invite-mail = Connectez-vous à la boîte aux lettres et acceptez ce qui est demandé. Aucun mot de passe n’est enregistré ici.
cmp-needs-facebook = Il faut un compte Facebook actif, un compte professionnel Meta (Business Manager), un compte développeur Meta et une application Meta : la vôtre, ou une dont vous êtes membre.
cmp-needs-whatsapp = Il faut un compte Facebook avec Business Manager et un compte partenaire WhatsApp chez 360Dialog. Le numéro appartient à l’entreprise, a ses indicatifs de pays et de région, et peut recevoir des appels ou des SMS ; les numéros courts sont refusés.
cmp-with-facebook = Se connecter avec Facebook
cmp-with-whatsapp = Se connecter avec WhatsApp
cmp-with-microsoft = Se connecter avec Microsoft
cmp-with-gmail = Se connecter avec Gmail
cmp-look-again = Regarder à nouveau
cmp-again = Se connecter à nouveau
cmp-page-id = ID de page
cmp-page-name = Nom de la page
cmp-page-token = Jeton d’accès à la page
cmp-stored = •••••••• enregistré
cmp-client-id = 360Dialog Client ID
cmp-channel-id = 360Dialog Channel ID
cmp-number = Numéro de téléphone
cmp-mailbox = Boîte aux lettres
cmp-which-page = Quelle page ce canal doit-il relier ?
cmp-which-number = Quel numéro ce canal doit-il relier ?
cmp-choose = Continuer
cmp-review = Tout est rempli. Envoyez pour revenir au canal ; il sera relié quand vous l’enregistrerez.
cmp-submit = Soumettre
cmp-done-title = C’est prêt
cmp-done = Revenez au canal, choisissez la file d’attente de destination et enregistrez dans le quart d’heure. Vous pouvez fermer cette fenêtre.
cmp-back = Retour à la console
cmp-refused-title = Cette page n’est pas pour maintenant
cmp-gone = Cette connexion a expiré, a déjà servi ou n’est pas la vôtre. Rien n’a changé : revenez au canal et recommencez.
cmp-signed-out = Vous n’êtes plus connecté à Écluse. Connectez-vous, puis recommencez depuis le canal.
cmp-forbidden = Seul un administrateur peut relier un canal. Demandez-lui de le faire.
cmp-stale = Votre session a changé depuis l’ouverture de cette fenêtre. Revenez en arrière, rechargez la page, puis réessayez.
cmp-unavailable = Ce service n’est pas disponible ici. Demandez à la personne qui gère cette installation de régler :
cmp-trouble = Quelque chose n’a pas marché ici. Recommencez dans un moment.
cmp-sign-in = Se connecter à Écluse
cmp-fault-title = La connexion n’a pas abouti
cmp-fault-refused = L’autorisation n’a pas été donnée. Rien n’a changé : recommencez et acceptez ce qui est demandé.
cmp-fault-role = Votre compte n’a pas de rôle dans l’application Meta. Créez l’application ou demandez à son propriétaire de vous ajouter, puis recommencez.
cmp-fault-code = Le retour du service a expiré ou a déjà servi. Recommencez.
cmp-fault-settings = Le service ne reconnaît pas cette installation. Demandez à la personne qui la gère de vérifier ses réglages.
cmp-fault-scope = Une des autorisations demandées manque. Recommencez et laissez-les toutes cochées.
cmp-fault-nothing = Rien n’a été choisi. Recommencez et choisissez au moins une page ou un numéro.
cmp-fault-permission = Votre compte n’a pas les droits nécessaires. Demandez-les à qui gère la page ou le numéro, puis recommencez.
cmp-fault-admin = Un administrateur de votre organisation doit d’abord accepter cette application. Demandez-le-lui, puis recommencez.
cmp-fault-preparing = Le numéro est encore en préparation chez 360Dialog. Recommencez quand il y est actif.
cmp-fault-mailbox = Le service n’a pas donné d’accès durable à une boîte aux lettres. Recommencez avec le compte de la boîte.
cmp-fault-later = Le service ne répond pas comme il devrait. Recommencez dans un moment.
cmp-fault-detail = Ce qu’il a répondu
