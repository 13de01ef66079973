//! Names and dialogues, in French and in English.

use crate::sim::wire::Line;

/// What one customer wants, line by line.
#[derive(Debug)]
pub(super) struct Dialogue {
    pub(super) lines: &'static [Said],
}

/// A line of a dialogue.
#[derive(Debug)]
pub(super) enum Said {
    /// After an answer, or first.
    Then(Words),
    /// Without waiting for an answer to the line before.
    AtOnce(Words),
}

#[derive(Debug)]
pub(super) enum Words {
    Text(&'static str),
    Photo(&'static str),
    Place(&'static str, f64, f64),
    Reaction(&'static str),
}

impl Said {
    pub(super) fn line(&self) -> Line {
        let (Self::Then(words) | Self::AtOnce(words)) = self;
        match words {
            Words::Text(text) => Line::Text((*text).to_owned()),
            Words::Photo(caption) => Line::Photo {
                caption: (*caption).to_owned(),
            },
            Words::Place(name, latitude, longitude) => Line::Place {
                name: (*name).to_owned(),
                latitude: *latitude,
                longitude: *longitude,
            },
            Words::Reaction(emoji) => Line::Reaction((*emoji).to_owned()),
        }
    }
}

const fn then(text: &'static str) -> Said {
    Said::Then(Words::Text(text))
}

const fn at_once(text: &'static str) -> Said {
    Said::AtOnce(Words::Text(text))
}

/// First and last names by language: French, English.
pub(super) const PEOPLE: [(&[&str], &[&str]); 2] =
    [(FRENCH_FIRST, FRENCH_LAST), (ENGLISH_FIRST, ENGLISH_LAST)];

const FRENCH_FIRST: &[&str] = &[
    "Camille", "Zoé", "Inès", "Léa", "Manon", "Élodie", "Aurélie", "Fatou", "Chloé", "Margaux",
    "Hugo", "Théo", "Lucas", "Étienne", "Mathis", "Bastien", "Karim", "Jérôme", "Antoine", "Gaël",
];
const FRENCH_LAST: &[&str] = &[
    "Lefèvre",
    "Moreau",
    "Dubois",
    "Garnier",
    "Roussel",
    "Benoît",
    "Chevalier",
    "Fontaine",
    "Marchand",
    "Perrin",
    "Besson",
    "Lacroix",
    "Renaud",
    "Bouvier",
    "Diallo",
    "Haddad",
    "Le Gall",
    "Pélissier",
    "Vasseur",
    "d’Alembert",
];
const ENGLISH_FIRST: &[&str] = &[
    "Olivia", "Amelia", "Grace", "Niamh", "Priya", "Zara", "Eleanor", "Ruby", "Megan", "Holly",
    "Oliver", "George", "Callum", "Rhys", "Arjun", "Daniel", "Edward", "Samuel", "Joseph", "Liam",
];
const ENGLISH_LAST: &[&str] = &[
    "Hughes",
    "Bennett",
    "Okafor",
    "Fletcher",
    "Walsh",
    "Pritchard",
    "Sharma",
    "Gallagher",
    "Mercer",
    "Whitfield",
    "Carter",
    "Doyle",
    "Ashworth",
    "Reid",
    "Lam",
    "Thornton",
    "Ellis",
    "O’Brien",
    "Sinclair",
    "Barlow",
];

/// What a customer writes who waited too long.
pub(super) const NUDGES: [&[&str]; 2] = [
    &[
        "Bonjour ?",
        "Vous êtes là ?",
        "Je peux avoir une réponse s’il vous plaît ?",
        "Toujours personne ? 😅",
    ],
    &[
        "Hello?",
        "Anyone there?",
        "Could somebody help me please?",
        "Still waiting 🙂",
    ],
];

/// Dialogues by language.
pub(super) const DIALOGUES: [&[Dialogue]; 2] = [FRENCH, ENGLISH];

const FRENCH: &[Dialogue] = &[
    Dialogue {
        lines: &[
            then("Bonjour, ma commande 48213 devait arriver hier et je n’ai rien reçu."),
            then(
                "Oui c’est ça, au nom de mon compagnon peut-être. On habite au 12 rue des Tanneurs.",
            ),
            then("D’accord, et le point relais ferme à quelle heure ?"),
            then("Parfait, je passe ce soir. Merci beaucoup ! 🙏"),
        ],
    },
    Dialogue {
        lines: &[
            then("Bonjour"),
            at_once("Est-ce que le manteau « Ouessant » existe en 42 ?"),
            then("Bleu marine de préférence."),
            then("Super, vous pouvez me le mettre de côté jusqu’à samedi ?"),
            Said::Then(Words::Reaction("👍")),
        ],
    },
    Dialogue {
        lines: &[
            then("Bonsoir, je voudrais retourner une paire de bottes, elles sont trop petites."),
            then("Commande 47990, reçue mardi."),
            then("Je préfère un échange en 39 si c’est possible, sinon un remboursement."),
            then("Très bien, j’imprime l’étiquette. Bonne soirée !"),
        ],
    },
    Dialogue {
        lines: &[
            then("Le vase est arrivé cassé 😞"),
            Said::AtOnce(Words::Photo("Voilà dans quel état il est arrivé")),
            then("Le carton était intact, oui. C’est la commande 48455."),
            then("Un remplacement, s’il vous plaît, c’est un cadeau pour dimanche."),
            then("Merci pour votre réactivité, vraiment."),
        ],
    },
    Dialogue {
        lines: &[
            then("Vous livrez en Belgique ?"),
            then("À Namur. Et les frais de port, c’est combien ?"),
            then("OK je commande ce week-end, merci."),
        ],
    },
    Dialogue {
        lines: &[
            then("Bonjour, j’ai été débitée deux fois pour la même commande…"),
            then("48102. Deux fois 64,90 €, le 3 et le 4."),
            then("Et ça prend combien de jours pour revenir sur mon compte ?"),
            then("Entendu, je vérifie la semaine prochaine. Merci."),
        ],
    },
    Dialogue {
        lines: &[
            then("Bonjour ! La boutique de Nantes est ouverte le dimanche ?"),
            then("Et on peut se garer à côté ?"),
            Said::AtOnce(Words::Place("Place Viarme, Nantes", 47.2215, -1.5628)),
            then("Génial, à dimanche alors."),
        ],
    },
    Dialogue {
        lines: &[
            then("Je n’arrive pas à utiliser mon code BIENVENUE10, il dit « expiré »."),
            then("Je l’ai reçu ce matin par mail pourtant."),
            then("Ça marche maintenant, merci !!"),
            Said::AtOnce(Words::Reaction("❤️")),
        ],
    },
    Dialogue {
        lines: &[
            then("Peut-on faire graver le couteau avant l’expédition ?"),
            then("Juste deux initiales : J. P."),
            then("C’est noté. Quel délai faut-il compter ?"),
            then("Parfait, c’est pour les 60 ans de mon père."),
        ],
    },
];

const ENGLISH: &[Dialogue] = &[
    Dialogue {
        lines: &[
            then("Hi, my parcel says delivered but there's nothing here."),
            then("Order 48377. I've checked with both neighbours."),
            then("No safe place set as far as I know. Could you ask the driver?"),
            then("Found it! It was behind the bins. Sorry, and thank you 😂"),
        ],
    },
    Dialogue {
        lines: &[
            then("Hello, do you have the walnut bookshelf in stock?"),
            then("The tall one, 180 cm I think."),
            then("Great. Can it be delivered upstairs? We're on the third floor, no lift."),
            then("That's fine. I'll order tonight, thanks for your help."),
        ],
    },
    Dialogue {
        lines: &[
            then("I'd like to cancel an order I placed ten minutes ago"),
            at_once("wrong address, sorry!"),
            then("48512, name of Whitfield."),
            then("Brilliant, could you change it to 4 Mill Lane instead of cancelling then?"),
            Said::Then(Words::Reaction("🙌")),
        ],
    },
    Dialogue {
        lines: &[
            then("The zip on my jacket broke after two weeks."),
            Said::AtOnce(Words::Photo("This is the zip")),
            then("Bought in your Bristol shop, I still have the receipt."),
            then("A repair would be best, I really like it."),
            then("Lovely, I'll drop it off on Friday."),
        ],
    },
    Dialogue {
        lines: &[
            then("What's the difference between the Classic and the Pro teapot?"),
            then("Is the Pro dishwasher safe?"),
            then("Then it's the Pro. Do you gift wrap?"),
            then("Perfect, thanks!"),
        ],
    },
    Dialogue {
        lines: &[
            then("Good morning. I was promised a refund on Monday and it still hasn't arrived."),
            then("Order 47815, £38.50."),
            then("It was paid with a gift card and the rest by debit card, does that matter?"),
            then("OK, that explains it. Thank you."),
        ],
    },
    Dialogue {
        lines: &[
            then("Can I collect from the York shop today?"),
            then("How late are you open?"),
            Said::AtOnce(Words::Place("York railway station", 53.9583, -1.0931)),
            then("I'm walking over from the station, see you in 15 minutes!"),
        ],
    },
    Dialogue {
        lines: &[
            then("My discount code won't apply at checkout"),
            then("It's SPRING15, and the basket is £72."),
            then("Ah, sale items are excluded. Fair enough."),
        ],
    },
    Dialogue {
        lines: &[
            then("Hi! Which size should I take in the linen shirt? I'm usually between M and L."),
            then("I like it a bit loose."),
            then("L it is. Do you still have the green?"),
            then("Ordered. Thanks for being so quick 👏"),
        ],
    },
];
