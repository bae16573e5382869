//! What requests say, read in one way for the Local Explorer's API and the account API. What is wrong with them is said in
//! the words of `wrangler dev`.

pub(crate) mod change;
pub(crate) mod ids;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod time;
