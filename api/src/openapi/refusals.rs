//! What any request may be refused for, so that no route has to say it.
//!
//! What must stay true: there is no entry for "any other" answer, so that one that is not documented is found by whoever
//! compares answers with the document.

use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::{Components, Content, Ref, RefOr, ResponseBuilder};

use super::PROBLEM_JSON;

/// A refusal that the document describes once.
struct Common {
    name: &'static str,
    status: &'static str,
    description: &'static str,
    may_answer: fn(&Operation) -> bool,
}

const COMMON: [Common; 8] = [
    Common {
        name: "Malformed",
        status: "400",
        description: "`malformed`: the body is not JSON",
        may_answer: has_body,
    },
    Common {
        name: "NotFound",
        status: "404",
        description: "`not_found`: there is nothing at this path",
        may_answer: |operation| has_parameter(operation, &ParameterIn::Path),
    },
    Common {
        name: "BodyTimeout",
        status: "408",
        description: "`body_timeout`: the body began and did not end",
        may_answer: has_body,
    },
    Common {
        name: "PayloadTooLarge",
        status: "413",
        description: "`payload_too_large`: the body is longer than the detail says",
        may_answer: has_body,
    },
    Common {
        name: "UnsupportedMediaType",
        status: "415",
        description: "`unsupported_media_type`: the body must be `application/json`",
        may_answer: has_body,
    },
    Common {
        name: "Validation",
        status: "422",
        description: "`validation`: fields or parameters, which `errors` names, cannot be accepted",
        may_answer: has_body_or_query,
    },
    Common {
        name: "Internal",
        status: "500",
        description: "`internal`: our own failure, which is in our log",
        may_answer: |_| true,
    },
    Common {
        name: "Busy",
        status: "503",
        description: "`busy`: nothing was done; send the same again after `Retry-After` seconds",
        may_answer: |_| true,
    },
];

fn has_body(operation: &Operation) -> bool {
    operation.request_body.is_some()
}

fn has_body_or_query(operation: &Operation) -> bool {
    has_body(operation) || has_parameter(operation, &ParameterIn::Query)
}

fn has_parameter(operation: &Operation, place: &ParameterIn) -> bool {
    let mut parameters = operation.parameters.iter().flatten();
    parameters.any(|parameter| match parameter {
        RefOr::T(parameter) => parameter.parameter_in == *place,
        RefOr::Ref(_) => false,
    })
}

/// Describes the common refusals.
pub(super) fn describe(components: &mut Components) {
    for common in &COMMON {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        let response = ResponseBuilder::new()
            .description(common.description)
            .content(PROBLEM_JSON, problem);
        let name = common.name.to_owned();
        components.responses.insert(name, response.build().into());
    }
}

/// Points to the common refusals that an operation does not describe by itself.
pub(super) fn add(operation: &mut Operation) {
    for common in &COMMON {
        if (common.may_answer)(operation) {
            let described = operation
                .responses
                .responses
                .entry(common.status.to_owned());
            described.or_insert_with(|| RefOr::Ref(Ref::from_response_name(common.name)));
        }
    }
}
