//! The JSON Schema of each event, made from the types it is made of.
//! Here because a receiver checks what it gets before it believes it, and a schema written by hand would lag behind.
//! In: a type of event. Out: a schema of the whole CloudEvent, and of its payload.
//! Not here: where schemas are served.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::{CaseEvent, Event, EventType};

/// What every type's name begins with.
const FAMILY: &str = "cn.gov.hub.";

impl EventType {
    /// The name without what all have in common: `warning.opened.v1`.
    #[must_use]
    pub fn short_name(self) -> &'static str {
        let name = self.name();
        name.strip_prefix(FAMILY).unwrap_or(name)
    }

    /// The type with this short name.
    #[must_use]
    pub fn of_short_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.short_name() == name)
    }

    /// The schema of its payload, JSON Schema 2020-12.
    #[must_use]
    pub fn data_schema(self) -> Value {
        // As it is written: what is always there is required, though null may stand there.
        let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
        let schema = match self {
            Self::Opened | Self::Updated | Self::SeverityChanged | Self::Reopened | Self::Cleared => {
                generator.into_root_schema_for::<Event>()
            }
            Self::Case(_) | Self::CaseReminded | Self::CaseOverdue => {
                generator.into_root_schema_for::<CaseEvent>()
            }
        };
        schema.to_value()
    }

    /// The schema of the whole event, JSON Schema 2020-12.
    #[must_use]
    pub fn schema(self) -> Value {
        let mut data = self.data_schema();
        let mut definitions = json!({});
        if let Some(data) = data.as_object_mut() {
            data.remove("$schema");
            // References begin at the root of the document.
            if let Some(shared) = data.remove("$defs") {
                definitions = shared;
            }
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.name(),
            "description": "CloudEvents 1.0",
            "type": "object",
            "required": [
                "specversion", "id", "source", "type", "subject", "time", "datacontenttype", "sequence", "partitionkey", "data",
            ],
            "properties": {
                "specversion": { "const": "1.0" },
                "id": { "type": "string", "pattern": "^[0-7][0-9A-HJKMNP-TV-Z]{25}$" },
                "source": { "type": "string", "format": "uri-reference", "pattern": "^/hub/" },
                "type": { "const": self.name() },
                "subject": { "type": "string", "pattern": "^case/" },
                "time": { "type": "string", "format": "date-time" },
                "datacontenttype": { "const": "application/json" },
                "sequence": { "type": "string", "pattern": "^[0-9]{20}$" },
                "partitionkey": { "type": "string" },
                "traceparent": { "type": "string", "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$" },
                "data": data,
            },
            "$defs": definitions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_one_name_and_a_schema_that_wants_what_is_always_there() {
        let mut names: Vec<&str> = EventType::ALL.iter().map(|kind| kind.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EventType::ALL.len());
        for kind in EventType::ALL {
            assert_eq!(EventType::of_short_name(kind.short_name()), Some(kind));
            let schema = kind.schema();
            assert_eq!(schema["properties"]["type"]["const"], kind.name());
            let required = schema["properties"]["data"]["required"].as_array().unwrap();
            for name in ["case_id", "version", "subject", "severity", "department"] {
                assert!(required.contains(&name.into()), "{name}: {schema}");
            }
            assert!(schema["$defs"]["Severity"].is_object(), "{schema}");
        }
    }
}
