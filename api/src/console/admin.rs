//! The administrators' pages around the forms: who reads them, the frame with its navigation, lists, settings pages and
//! questions before something is deleted.

pub mod administrator;
pub mod around;
pub mod cell;
pub mod conflict;
pub mod delete;
pub mod edit;
pub mod gone;
pub mod head;
pub mod import;
pub mod installation;
pub mod kept;
pub mod licence;
pub mod list;
pub mod once;
pub mod preview;
pub mod references;
pub mod refusal;
pub mod resource;
pub mod session;
pub mod shell;
pub mod times;
pub mod told;

pub use self::administrator::{Administrator, Submission};
pub use self::around::Around;
pub use self::cell::{Badge, Cell, Content, Tone};
pub use self::installation::Installation;
pub use self::resource::{Deletion, Resource, Subject, Texts};
