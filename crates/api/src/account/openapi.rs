//! The description of the API, made from the code.

use super::reply::Refused;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, OpenApiBuilder, RefOr};
use utoipa::openapi::{ContentBuilder, InfoBuilder, OpenApi, Ref, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

/// Name of the one way to say who one is.
pub(crate) const TOKEN: &str = "token";

/// What is known before any endpoint: title and security.
pub(super) fn skeleton() -> OpenApi {
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = ComponentsBuilder::new()
        .security_scheme(TOKEN, token)
        .schema(Refused::name(), Refused::schema());
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Stepwell")
                .version(env!("CARGO_PKG_VERSION"))
                .description(Some(
                    "Cloudflare's account API for Workflows, as far as Stepwell has it.",
                ))
                .build(),
        )
        .components(Some(components.build()))
        .build()
}

/// Adds what every endpoint of Cloudflare's may answer, a refusal, and the descriptions that answers must have.
pub(super) fn complete(mut api: OpenApi) -> OpenApi {
    for (path, item) in &mut api.paths.paths {
        let operations = [
            &mut item.get,
            &mut item.put,
            &mut item.post,
            &mut item.delete,
            &mut item.patch,
        ];
        for operation in operations.into_iter().flatten() {
            if path.starts_with(super::BASE) {
                refusals(operation);
            }
            for response in operation.responses.responses.values_mut() {
                if let RefOr::T(response) = response
                    && response.description.is_empty()
                {
                    "What was asked for.".clone_into(&mut response.description);
                }
            }
        }
    }
    api
}

fn refusals(operation: &mut Operation) {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name(Refused::name())))
        .build();
    for (status, description) in [
        ("4XX", "The request is refused."),
        ("5XX", "The server cannot do it now."),
    ] {
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/json", body.clone())
            .build();
        let responses = &mut operation.responses.responses;
        responses.entry(status.to_owned()).or_insert(response.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    /// The standard demands it, and programs that read such documents do.
    #[test]
    fn every_answer_has_a_description() {
        let api = serde_json::to_value(crate::account::description()).expect("a description");
        let items = api["paths"].as_object().into_iter().flatten();
        let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        let responses = operations.filter_map(|(_, operation)| operation["responses"].as_object());
        for (status, response) in responses.flatten() {
            let description = response["description"].as_str().unwrap_or_default();
            assert!(!description.is_empty(), "{status}: {response}");
        }
    }

    #[test]
    fn every_endpoint_says_how_it_refuses() {
        let api = serde_json::to_value(crate::account::description()).expect("a description");
        let refused = &api["components"]["schemas"]["RefusedRequest"]["required"];
        assert_eq!(*refused, json!(["success", "errors", "messages"]));
        let paths = api["paths"].as_object().expect("paths");
        let items = paths.iter().filter(|(path, _)| path.starts_with("/client/v4/"));
        let operations = items.flat_map(|(_, item)| item.as_object().into_iter().flatten());
        let operations: Vec<&Json> = operations.map(|(_, operation)| operation).collect();
        assert!(operations.len() > 100);
        for operation in operations.into_iter().filter(|one| one["responses"].is_object()) {
            let schema = &operation["responses"]["4XX"]["content"]["application/json"]["schema"];
            assert_eq!(
                schema["$ref"], "#/components/schemas/RefusedRequest",
                "{operation}"
            );
        }
    }
}
