//! What a message of Cap'n Proto's RPC does to the tables of the two ends.

use bytes::Bytes;
use capnp::message::ReaderOptions;
use capnp::serialize::read_message_from_flat_slice;
use capnp::struct_list;
use capnp_rpc::rpc_capnp::{
    call, cap_descriptor, disembargo, message, message_target, payload, resolve, return_,
};

/// A message, as far as it matters here. Numbers of questions are the asking end's, of capabilities the end's that has
/// them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// Asks for the capability that everything begins with.
    Bootstrap { question: u32 },
    /// A call, on a capability of the other end or on what an earlier question will give.
    Call {
        question: u32,
        on: On,
        capabilities: Vec<u32>,
    },
    /// The answer to a question.
    Return {
        question: u32,
        capabilities: Vec<u32>,
        releases_parameters: bool,
    },
    /// The asking end needs the question no more.
    Finish { question: u32, releases_results: bool },
    /// A promised capability is there, maybe with a number of its own.
    Resolve { capability: Option<u32> },
    /// Capabilities of the other end are needed no more.
    Release { capability: u32, count: u32 },
    /// The sender holds calls back until the message has been to the other end and back.
    Embargo,
    /// Such a message on its way back.
    EmbargoEnds,
    /// Nothing that lasts.
    Passing,
    /// Something that is not kept account of.
    Unknown,
}

/// What a call is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    Capability(u32),
    Question(u32),
}

impl Message {
    /// Reads a whole message. What cannot be read is unknown.
    pub(super) fn read(frame: &Bytes) -> Self {
        read(frame).unwrap_or(Self::Unknown)
    }
}

fn read(frame: &Bytes) -> capnp::Result<Message> {
    let mut options = ReaderOptions::new();
    options.traversal_limit_in_words(None);
    let reader = read_message_from_flat_slice(&mut &frame[..], options)?;
    let message = reader.get_root::<message::Reader<'_>>()?;
    Ok(match message.which()? {
        message::Bootstrap(bootstrap) => Message::Bootstrap {
            question: bootstrap?.get_question_id(),
        },
        message::Call(call) => read_call(call?)?,
        message::Return(answer) => read_return(answer?)?,
        message::Finish(finish) => {
            let finish = finish?;
            Message::Finish {
                question: finish.get_question_id(),
                releases_results: finish.get_release_result_caps(),
            }
        }
        message::Resolve(resolved) => match resolved?.which()? {
            resolve::Cap(capability) => Message::Resolve {
                capability: number(capability?)?,
            },
            resolve::Exception(_) => Message::Passing,
        },
        message::Release(release) => {
            let release = release?;
            Message::Release {
                capability: release.get_id(),
                count: release.get_reference_count(),
            }
        }
        message::Disembargo(embargo) => match embargo?.get_context().which()? {
            disembargo::context::SenderLoopback(_) => Message::Embargo,
            disembargo::context::ReceiverLoopback(_) => Message::EmbargoEnds,
            _ => Message::Unknown,
        },
        message::Abort(_) => Message::Passing,
        _ => Message::Unknown,
    })
}

fn read_call(call: call::Reader<'_>) -> capnp::Result<Message> {
    let on = match call.get_target()?.which()? {
        message_target::ImportedCap(id) => On::Capability(id),
        message_target::PromisedAnswer(answer) => On::Question(answer?.get_question_id()),
    };
    Ok(Message::Call {
        question: call.get_question_id(),
        on,
        capabilities: capabilities(call.get_params()?)?,
    })
}

fn read_return(answer: return_::Reader<'_>) -> capnp::Result<Message> {
    let capabilities = match answer.which()? {
        return_::Results(results) => capabilities(results?)?,
        return_::Exception(_) | return_::Canceled(()) => Vec::new(),
        _ => return Ok(Message::Unknown),
    };
    Ok(Message::Return {
        question: answer.get_answer_id(),
        capabilities,
        releases_parameters: answer.get_release_param_caps(),
    })
}

/// The capabilities of the sending end that travel with a payload.
fn capabilities(payload: payload::Reader<'_>) -> capnp::Result<Vec<u32>> {
    let table: struct_list::Reader<'_, cap_descriptor::Owned> = payload.get_cap_table()?;
    let mut numbers = Vec::new();
    for descriptor in table {
        numbers.extend(number(descriptor)?);
    }
    Ok(numbers)
}

fn number(descriptor: cap_descriptor::Reader<'_>) -> capnp::Result<Option<u32>> {
    match descriptor.which()? {
        cap_descriptor::SenderHosted(id) | cap_descriptor::SenderPromise(id) => Ok(Some(id)),
        cap_descriptor::None(()) | cap_descriptor::ReceiverHosted(_) | cap_descriptor::ReceiverAnswer(_) => {
            Ok(None)
        }
        cap_descriptor::ThirdPartyHosted(_) => Err(capnp::Error::failed("a third party".into())),
    }
}
