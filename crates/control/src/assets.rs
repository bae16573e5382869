//! Static assets: upload sessions, and what a version has.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::{Assets, ScriptVersion};
use crate::upload::Metadata;

impl Control {
    /// The assets of the version that an upload makes.
    #[expect(clippy::unused_async, reason = "reads the session's files soon")]
    pub(crate) async fn assets_of(
        &self,
        _account: &str,
        _script: &str,
        metadata: &Metadata,
        previous: Option<&ScriptVersion>,
    ) -> Result<Option<Assets>, Error> {
        if metadata
            .assets
            .as_ref()
            .is_some_and(|assets| assets.jwt.is_some())
        {
            return Err(Refusal::bad_upload("static assets are not supported yet").into());
        }
        let kept = previous.and_then(|previous| previous.assets.clone());
        Ok(kept.filter(|_| metadata.keep_assets))
    }
}
