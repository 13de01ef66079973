//! What the customers of the demonstration say: to a shop that makes lamps, in French and in English.

use ecluse_adapters::sim::meta::Line;

/// A line of a dialogue.
#[derive(Debug)]
pub(super) struct Said {
    /// Not before the line above was answered.
    pub(super) after_answer: bool,
    words: Words,
}

#[derive(Debug)]
enum Words {
    Text(&'static str),
    Photo(&'static str),
    Place(&'static str, f64, f64),
    Reaction(&'static str),
}

impl Said {
    const fn new(after_answer: bool, words: Words) -> Self {
        Self {
            after_answer,
            words,
        }
    }

    pub(super) fn line(&self) -> Line {
        match &self.words {
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

/// A line that waits for an answer to the one above; the first waits for nothing.
const fn then(text: &'static str) -> Said {
    Said::new(true, Words::Text(text))
}

/// A line that follows at once.
const fn and(text: &'static str) -> Said {
    Said::new(false, Words::Text(text))
}

const fn photo(caption: &'static str) -> Said {
    Said::new(false, Words::Photo(caption))
}

const fn place(name: &'static str, latitude: f64, longitude: f64) -> Said {
    Said::new(false, Words::Place(name, latitude, longitude))
}

const fn react(emoji: &'static str) -> Said {
    Said::new(true, Words::Reaction(emoji))
}

/// What the people of one language are called and say.
#[derive(Debug)]
pub(super) struct Tongue {
    pub(super) first_names: [&'static str; 20],
    pub(super) last_names: [&'static str; 20],
    pub(super) dialogues: &'static [&'static [Said]],
    /// From whom waits too long; each begins with another one.
    pub(super) nudges: [&'static str; 7],
}

pub(super) const TONGUES: [Tongue; 2] = [FRENCH, ENGLISH];

const FRENCH: Tongue = Tongue {
    first_names: [
        "Camille", "Hugo", "Inès", "Théo", "Manon", "Karim", "Élodie", "Étienne", "Fatou",
        "Bastien", "Chloé", "Jérôme", "Margaux", "Gaël", "Zoé", "Antoine", "Léa", "Mathis",
        "Aurélie", "Lucas",
    ],
    last_names: [
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
    ],
    dialogues: FRENCH_DIALOGUES,
    nudges: [
        "Vous êtes là ?",
        "Vous avez bien reçu mon message ?",
        "Je peux attendre un peu, pas de souci.",
        "Il y a quelqu’un ?",
        "Toujours personne ? 😅",
        "Je reste en ligne.",
        "Quand vous pourrez, merci.",
    ],
};

const ENGLISH: Tongue = Tongue {
    first_names: [
        "Olivia", "George", "Niamh", "Arjun", "Grace", "Callum", "Priya", "Rhys", "Eleanor",
        "Daniel", "Zara", "Edward", "Ruby", "Samuel", "Megan", "Joseph", "Holly", "Liam", "Amelia",
        "Oliver",
    ],
    last_names: [
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
    ],
    dialogues: ENGLISH_DIALOGUES,
    nudges: [
        "Anyone there?",
        "Did you get my message?",
        "No hurry, I can wait a bit.",
        "Could somebody help me please?",
        "Still nobody? 🙂",
        "I'll keep this open.",
        "Whenever you have a minute, thanks.",
    ],
};

const FRENCH_DIALOGUES: &[&[Said]] = &[
    &[
        then("Bonjour, ma commande 48213 devait arriver hier et je n’ai rien reçu."),
        and("C’est une Vesper, en lin."),
        then("Oui c’est ça, au nom de mon compagnon. On habite au 12 rue des Tanneurs."),
        then("D’accord, et le point relais ferme à quelle heure ?"),
        then("Parfait, je passe ce soir. Merci beaucoup ! 🙏"),
    ],
    &[
        then("Bonjour"),
        and("Est-ce que la suspension Cloche existe en noir ?"),
        then("Un noir mat, de préférence."),
        then("Super, vous pouvez m’en mettre deux de côté jusqu’à samedi ?"),
        react("👍"),
    ],
    &[
        then("Bonsoir, je voudrais renvoyer une Lune, elle est trop grande pour ma table."),
        then("Commande 47990, reçue mardi. Elle n’a presque pas servi."),
        then("Je préfère un échange contre une Vesper, sinon un remboursement."),
        then("Très bien, j’imprime l’étiquette. Bonne soirée !"),
    ],
    &[
        then("Le globe de ma Lune est arrivé cassé 😞"),
        photo("Voilà dans quel état il est arrivé"),
        then("Le carton était intact, oui. C’est la commande 48455."),
        then("Un globe neuf, s’il vous plaît, c’est un cadeau pour dimanche."),
        then("Merci pour votre réactivité, vraiment."),
    ],
    &[
        then("Vous livrez en Belgique ?"),
        then("À Namur. Et les frais de port, c’est combien ?"),
        then("OK je commande ce week-end, merci."),
    ],
    &[
        then("Bonjour, j’ai été débité deux fois pour la même commande…"),
        and("48102. Deux fois 129 €, le 3 et le 4."),
        then("Et ça prend combien de jours pour revenir sur mon compte ?"),
        then("Entendu, je vérifie la semaine prochaine. Merci."),
    ],
    &[
        then("Bonjour ! On peut visiter l’atelier ?"),
        then("Samedi matin ce serait parfait. On peut se garer à côté ?"),
        place("Place Viarme, Nantes", 47.2215, -1.5628),
        and("C’est là que je me gare d’habitude."),
        then("Génial, à samedi alors."),
    ],
    &[
        then("Je n’arrive pas à utiliser mon code BIENVENUE10, il dit « expiré »."),
        and("Je l’ai reçu ce matin par mail pourtant."),
        then("Ça marche maintenant, merci !!"),
        react("❤️"),
    ],
    &[
        then("Ma Héron ne tient plus en position, le bras descend tout seul."),
        photo("Elle pique du nez"),
        then("Achetée il y a quatre ans. Vous réparez toujours ?"),
        then("Formidable. Je vous l’envoie à l’atelier ?"),
        then("C’est noté, merci. Je savais pourquoi j’avais choisi chez vous."),
    ],
    &[
        then("Quelle ampoule faut-il pour la Vesper ?"),
        then("Et en lumière un peu plus chaude, ça existe ?"),
        then("Parfait, j’en prends trois."),
    ],
];

const ENGLISH_DIALOGUES: &[&[Said]] = &[
    &[
        then("Hi, my parcel says delivered but there's nothing here."),
        and("Order 48377, the desk lamp."),
        then("I've checked with both neighbours. Could you ask the driver?"),
        then("Found it! It was behind the bins. Sorry, and thank you 😂"),
    ],
    &[
        then("Hello, do you have the Vesper in walnut in stock?"),
        then("Great. Can it arrive before Friday? It's a present."),
        then("That's fine. I'll order tonight, thanks for your help."),
    ],
    &[
        then("I'd like to cancel an order I placed ten minutes ago"),
        and("wrong address, sorry!"),
        then("48512, name of Whitfield."),
        then("Brilliant, could you change it to 4 Mill Lane instead of cancelling then?"),
        react("🙌"),
    ],
    &[
        then("The switch on my lamp broke after two weeks."),
        photo("This is the switch"),
        then("It's a Héron, order 47702. I still have the receipt."),
        then("A repair would be best, I really like it."),
        then("Lovely, I'll post it on Friday."),
    ],
    &[
        then("What's the difference between the Lune and the Vesper?"),
        then("Which one is better for reading in bed?"),
        then("Then it's the Vesper. Do you gift wrap?"),
        then("Perfect, thanks!"),
    ],
    &[
        then("Good morning. I was promised a refund on Monday and it still hasn't arrived."),
        and("Order 47815, £112."),
        then("It was paid with a gift card and the rest by debit card, does that matter?"),
        then("OK, that explains it. Thank you."),
    ],
    &[
        then("Can I collect from the workshop today?"),
        then("How late are you open?"),
        place("Nantes railway station", 47.2173, -1.5417),
        and("I'm walking over from the station."),
        then("Thanks, see you in 15 minutes!"),
    ],
    &[
        then("My discount code won't apply at checkout"),
        and("It's SPRING15, and the basket is €164."),
        then("Ah, the globe is excluded. Fair enough."),
    ],
    &[
        then("Hi! What length of cable comes with the Cloche? Our ceiling is rather high."),
        then("Three metres would do."),
        then("Do you still have it in green?"),
        then("Ordered. Thanks for being so quick 👏"),
    ],
    &[
        then("Does the Lune work with a dimmer?"),
        and("An ordinary wall dimmer, nothing clever."),
        then("Good to know. And is the bulb included?"),
        then("Wonderful, thank you."),
    ],
];
