//! Parameters of the query, refused by name.

use std::future::{Ready, ready};
use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;

use super::ApiError;

/// The parameters of a request's query.
#[derive(Debug)]
pub struct Query<T>(pub T);

impl<T> Deref for Query<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string()).map(Self))
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, ApiError> {
    read(query).map_err(|message| {
        // The library does not name the parameter; one that is wrong is also wrong by itself.
        let wrong = query
            .split('&')
            .find(|pair| read::<T>(pair).is_err_and(|alone| alone == message));
        let name = wrong.and_then(|pair| pair.split('=').next());
        ApiError::field(name.unwrap_or("query"), "invalid", &message)
    })
}

fn read<T: DeserializeOwned>(query: &str) -> Result<T, String> {
    match web::Query::<T>::from_query(query) {
        Ok(read) => Ok(read.into_inner()),
        Err(error) => Err(words(&error)),
    }
}

/// Without the library's own name for what failed.
fn words(error: &actix_web::error::QueryPayloadError) -> String {
    let text = error.to_string();
    text.rsplit_once(": ")
        .map_or(text.as_str(), |(_, words)| words)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only its shape counts")]
    struct Asked {
        limit: Option<u32>,
        state: Option<State>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum State {
        Open,
    }

    #[test]
    fn a_wrong_parameter_is_named() {
        for (query, field) in [
            ("limit=many", "limit"),
            ("state=open&limit=-1", "limit"),
            ("limit=7&state=ajar", "state"),
            ("limit=1&limit=2", "query"),
        ] {
            match parse::<Asked>(query) {
                Err(ApiError::Validation(errors)) => assert_eq!(errors[0].field, field, "{query}"),
                other => panic!("{query}: {other:?}"),
            }
        }
        assert!(parse::<Asked>("state=open&other=1").is_ok());
    }
}
