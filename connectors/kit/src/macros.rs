//! The two macros a connector is written with.
//! Here because a connector is a definition, and everything else about it is the same.
//! In: a definition, names of streams. Out: the plugin's exported symbol; the mappings beside the manifest.
//! Not here: what the generated calls do (source.rs).

/// Makes a connector of a definition: `connector! { CivilAffairs, DEFINITION }`.
#[macro_export]
macro_rules! connector {
    ($name:ident, $definition:expr) => {
        /// The connector.
        pub struct $name($crate::Source);

        impl plugin_api::Connector for $name {
            type Config = $crate::options::Options;

            fn spec() -> plugin_api::Spec {
                $definition.spec()
            }

            fn open(config: Self::Config, _: &plugin_api::Context) -> Result<Self, plugin_api::Error> {
                $crate::Source::open(&$definition, config).map(Self)
            }

            fn check(&mut self, ctx: &plugin_api::Context) -> Result<(), plugin_api::Error> {
                self.0.check(ctx)
            }

            fn discover(
                &mut self,
                _: &plugin_api::Context,
            ) -> Result<Vec<plugin_api::StreamSpec>, plugin_api::Error> {
                Ok(self.0.discover())
            }

            fn schema(
                &mut self,
                stream: &str,
                _: &plugin_api::Context,
            ) -> Result<plugin_api::arrow::schema::SchemaRef, plugin_api::Error> {
                self.0.schema(stream)
            }

            fn read(
                &mut self,
                request: &plugin_api::ReadRequest,
                ctx: &plugin_api::Context,
            ) -> Result<plugin_api::Batches, plugin_api::Error> {
                self.0.read(request, ctx)
            }
        }

        plugin_api::export_connector!($name);
    };
}

/// A stream's mapping, `mapping/<stream>.sql` beside the connector's manifest, for [`Definition::mappings`](crate::Definition::mappings).
#[macro_export]
macro_rules! mappings {
    ($($stream:literal),+ $(,)?) => {
        &[$(($stream, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/mapping/", $stream, ".sql")))),+]
    };
}
