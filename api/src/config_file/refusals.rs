//! Everything that is wrong with a file, gathered: each fault below its document.

use std::collections::HashSet;

use uuid::Uuid;

use super::document::Document;
use crate::error::{ApiError, FieldError};
use crate::resources::Kind;

/// Of a number: its trunk does not have it, and might if the trunk were not refused.
const OF_TRUNK: &str = "not_of_trunk";

/// What was refused so far.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    fields: Vec<FieldError>,
    /// What a company that did not answer was needed for.
    unreachable: Vec<String>,
}

impl Refusals {
    /// Takes what is a refusal of this document; anything else fails the whole.
    ///
    /// # Errors
    /// It is no refusal of a document.
    pub(super) fn add(&mut self, document: &Named, error: ApiError) -> Result<(), ApiError> {
        let index = document.index;
        match error {
            ApiError::Validation(errors) => {
                let below = |error: FieldError| {
                    let field = format!("documents[{index}].{}", error.field);
                    error.at(field)
                };
                self.fields.extend(errors.into_iter().map(below));
            }
            ApiError::Conflict(_) => {
                let detail = error.problem().detail;
                let field = format!("documents[{index}]");
                self.fields
                    .push(FieldError::new(field, error.code(), detail));
            }
            ApiError::ProviderUnreachable { detail } => {
                let name = &document.name;
                self.unreachable
                    .push(format!("documents[{index}] ({name}): {detail}"));
            }
            other => return Err(other),
        }
        Ok(())
    }

    /// Takes the refusal of a deletion.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn add_deletion(
        &mut self,
        kind: Kind,
        key: &str,
        error: ApiError,
    ) -> Result<(), ApiError> {
        match error {
            ApiError::Conflict(_) => {
                let detail = error.problem().detail;
                let message = format!("{} {key} cannot be deleted: {detail}", kind.as_str());
                self.fields
                    .push(FieldError::new("prune", error.code(), message));
                Ok(())
            }
            other => Err(other),
        }
    }

    /// Nothing, if nothing was refused.
    ///
    /// # Errors
    /// All of it.
    pub(super) fn end(self) -> Result<(), ApiError> {
        if !self.fields.is_empty() {
            return Err(ApiError::Validation(self.fields));
        }
        match self.unreachable.is_empty() {
            true => Ok(()),
            false => Err(ApiError::ProviderUnreachable {
                detail: self.unreachable.join("; "),
            }),
        }
    }
}

/// What is wrong with an item besides that it points to what was refused itself: that is told of what it points to.
pub(super) fn besides(
    error: ApiError,
    pointers: &[(String, Uuid)],
    refused: &HashSet<Uuid>,
) -> ApiError {
    let ApiError::Validation(mut errors) = error else {
        return error;
    };
    errors.retain(|error| {
        let mut refused = pointers.iter().filter(|(_, id)| refused.contains(id));
        !refused.any(|(path, _)| {
            error.field == *path || (path == "sms.trunk" && error.code == OF_TRUNK)
        })
    });
    ApiError::Validation(errors)
}

/// Which document a refusal is of.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) index: usize,
    pub(super) name: String,
}

impl From<&Document> for Named {
    fn from(document: &Document) -> Self {
        Self {
            index: document.index,
            name: document.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Conflict;

    fn shop() -> Named {
        Named {
            index: 3,
            name: "channel shop".to_owned(),
        }
    }

    #[test]
    fn a_refusal_names_its_document_whatever_it_is_about() {
        let mut refusals = Refusals::default();
        let errors = [
            ApiError::field("name", "taken", "is taken"),
            ApiError::Conflict(Conflict::SignOnGone),
        ];
        for error in errors {
            refusals.add(&shop(), error).unwrap();
        }
        let queue = ApiError::Conflict(Conflict::QueueNotEmpty { open: 2 });
        refusals.add_deletion(Kind::Queue, "old", queue).unwrap();
        let told = refusals.end().unwrap_err().problem().errors;
        let fields: Vec<_> = told
            .iter()
            .map(|error| (error.field.as_str(), error.code.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("documents[3].name", "taken"),
                ("documents[3]", "sign_on_gone"),
                ("prune", "queue_not_empty"),
            ]
        );
        assert_eq!(
            told[2].message,
            "queue old cannot be deleted: 2 conversations are open in it"
        );
    }

    #[test]
    fn what_follows_from_another_refusal_is_not_told() {
        let (gone, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let pointers = [
            ("sms.trunk".to_owned(), gone),
            ("destination.queue".to_owned(), there),
        ];
        let errors = [
            ("sms.trunk", "unknown_sms_trunk"),
            ("destination.queue", "unknown_queue"),
            ("name", "required"),
        ];
        let errors = errors.map(|(field, code)| FieldError::new(field, code, ""));
        let error = ApiError::Validation(errors.to_vec());
        let left = besides(error, &pointers, &HashSet::from([gone]));
        let left = left.problem().errors;
        let fields: Vec<_> = left.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["destination.queue", "name"]);
    }

    #[test]
    fn a_company_that_does_not_answer_is_told_with_the_document_that_needed_it() {
        let mut refusals = Refusals::default();
        let silent = ApiError::ProviderUnreachable {
            detail: "Meta cannot be reached".to_owned(),
        };
        refusals.add(&shop(), silent).unwrap();
        let problem = refusals.end().unwrap_err().problem();
        assert_eq!(
            (problem.code.as_str(), problem.detail.as_str()),
            (
                "provider_unreachable",
                "documents[3] (channel shop): Meta cannot be reached"
            )
        );
    }
}
