//! Sends a command to the service that holds the lease, over `<data_dir>/hub.sock`.
//! Here because while a service runs, it is the only writer; the socket is mode 0600, so its owner is the operator.
//! In: a request. Out: the service's answer.
//! Not here: the service's side (hub-web).

use std::path::{Path, PathBuf};

use reqwest::Client;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

/// The file of the socket below the data directory.
pub const SOCKET: &str = "hub.sock";

/// The socket of the hub whose data is in `data_dir`.
#[must_use]
pub fn socket(data_dir: &Path) -> PathBuf {
    data_dir.join(SOCKET)
}

/// A service to send commands to.
pub struct Remote {
    client: Client,
    socket: PathBuf,
}

impl Remote {
    /// The service behind `socket`.
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(socket: PathBuf) -> Result<Self> {
        let client = Client::builder().no_proxy().unix_socket(socket.clone()).build();
        let client = client.map_err(|error| Error::Remote {
            socket: socket.clone(),
            status: None,
            message: error.to_string(),
        })?;
        Ok(Self { client, socket })
    }

    /// Posts `body` to `path` and reads the JSON answer.
    ///
    /// # Errors
    /// [`Error::Remote`], with the service's own words when it refused.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Result<T> {
        let told = |status, message: String| Error::Remote {
            socket: self.socket.clone(),
            status,
            message,
        };
        let fail = |message: String| told(None, message);
        let response = self
            .client
            .post(format!("http://hub{path}"))
            .json(body)
            .send()
            .await;
        let response = response.map_err(|error| fail(error.to_string()))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| fail(error.to_string()))?;
        if !status.is_success() {
            return Err(told(Some(status.as_u16()), text));
        }
        serde_json::from_str(&text).map_err(|error| fail(error.to_string()))
    }
}
