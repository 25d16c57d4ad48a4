//! The AsyncAPI 3.0 document: what the hub pushes, to whom it may concern.
//! Here because a receiver is written from it, long before the first warning comes.
//! In: the types of events. Out: one JSON document.
//! Not here: retries and pauses (the manual).

use hub_model::EventType;
use serde_json::{Map, Value, json};

/// Where the schemas of payloads stand in the document.
const SCHEMAS: &str = "#/components/schemas";

/// The document.
pub(crate) fn document() -> Value {
    let mut messages = Map::new();
    let mut schemas = Map::new();
    let mut of_channel = Map::new();
    let mut of_operation = Vec::new();
    for kind in EventType::ALL {
        let (name, schema) = (kind.short_name(), moved(kind));
        // One channel's messages are named without dots, which a reference may not need to escape.
        let key = name.replace('.', "_");
        messages.insert(key.clone(), message(kind, &key));
        schemas.insert(key.clone(), schema);
        of_channel.insert(
            key.clone(),
            json!({ "$ref": format!("#/components/messages/{key}") }),
        );
        of_operation.push(json!({ "$ref": format!("#/channels/webhook/messages/{key}") }));
    }
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:cn:gov:hub:push",
        "defaultContentType": "application/cloudevents+json",
        "info": {
            "title": "防止返贫监测数据集成中枢 hub push",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "CloudEvents 1.0 by HTTP POST, signed as Standard Webhooks has it: at least once, in order within a case (partitionkey). A receiver keeps webhook-id and drops an event whose data.version is not newer than what it has.",
            "license": { "name": "Apache-2.0" },
        },
        "channels": {
            "webhook": {
                "address": "/",
                "title": "部门接收地址 the receiver's own address",
                "messages": of_channel,
                "bindings": { "http": {} },
            },
        },
        "operations": {
            "push": {
                "action": "send",
                "channel": { "$ref": "#/channels/webhook" },
                "bindings": { "http": { "method": "POST", "bindingVersion": "0.3.0" } },
                "messages": of_operation,
            },
        },
        "components": {
            "messages": messages,
            "schemas": schemas,
        },
    })
}

fn message(kind: EventType, key: &str) -> Value {
    json!({
        "name": kind.name(),
        "contentType": "application/cloudevents+json",
        "headers": {
            "type": "object",
            "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
            "properties": {
                "webhook-id": { "type": "string", "description": "the event's id, constant over retries" },
                "webhook-timestamp": { "type": "string", "description": "when this attempt was made, seconds since 1970 UTC" },
                "webhook-signature": { "type": "string", "description": "v1, and base64 of HMAC-SHA256 over id.timestamp.body" },
            },
        },
        "payload": { "$ref": format!("{SCHEMAS}/{key}") },
    })
}

/// The schema of an event, for a place within the document: what it refers to stands within it.
fn moved(kind: EventType) -> Value {
    let key = kind.short_name().replace('.', "_");
    let mut schema = kind.schema();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("$schema");
        if let Some(shared) = schema.remove("$defs") {
            schema.insert("definitions".to_owned(), shared);
        }
    }
    redirect(&mut schema, &format!("{SCHEMAS}/{key}/definitions/"));
    schema
}

/// Lets references to shared definitions lead to `to`.
fn redirect(schema: &mut Value, to: &str) {
    match schema {
        Value::Object(fields) => {
            for (name, value) in fields {
                let which = value.as_str().filter(|_| name == "$ref");
                match which.and_then(|target| target.strip_prefix("#/$defs/")) {
                    Some(which) => *value = format!("{to}{which}").into(),
                    None => redirect(value, to),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| redirect(item, to)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every reference of `value` that leads nowhere in `document`.
    fn dangling(value: &Value, document: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value.as_str().filter(|_| name == "$ref") {
                        Some(target) => {
                            let pointer = target.strip_prefix('#').unwrap_or("?");
                            if document.pointer(pointer).is_none() {
                                found.push(target.to_owned());
                            }
                        }
                        None => dangling(value, document, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| dangling(item, document, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn every_event_is_a_message_and_every_reference_leads_somewhere() {
        let document = document();
        let messages = document["components"]["messages"].as_object().unwrap();
        assert_eq!(messages.len(), EventType::ALL.len());
        let mut found = Vec::new();
        dangling(&document, &document, &mut found);
        assert_eq!(found, Vec::<String>::new());
    }
}
