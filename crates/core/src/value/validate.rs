//! Checks a binary value, without recursion.

use super::format as tags;
use super::reader::Reader;
use super::{Error, MAX_DEPTH, VERSION};

/// Where an object is in the bytes: from its tag to the byte after its last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A node whose children are being read.
struct Open {
    /// The number of the object that it is; none for the value as a whole.
    object: Option<usize>,
    /// Children that are still to come.
    remaining: u64,
    /// Whether a string comes before each of them.
    keyed: bool,
}

/// Checks the value, and returns where its objects are, by their number.
pub(super) fn objects(bytes: &[u8]) -> Result<Vec<Extent>, Error> {
    match bytes.first() {
        None => return Err(Error::Empty),
        Some(&VERSION) => {}
        Some(version) => return Err(Error::Version(*version)),
    }
    let mut reader = Reader::new(bytes, 1);
    let mut objects: Vec<Extent> = Vec::new();
    let mut open = vec![Open {
        object: None,
        remaining: 1,
        keyed: false,
    }];
    while let Some(innermost) = open.last_mut() {
        if innermost.remaining == 0 {
            if let Some(object) = innermost.object {
                objects[object].end = reader.position();
            }
            open.pop();
            continue;
        }
        innermost.remaining -= 1;
        if innermost.keyed {
            reader.tagged_string()?;
        }
        let node = node(&mut reader, &mut objects)?;
        if node.object.is_some() {
            if open.len() > MAX_DEPTH {
                return Err(Error::TooDeep);
            }
            open.push(node);
        }
    }
    match reader.remaining() {
        0 => Ok(objects),
        _ => Err(Error::Trailing(reader.position())),
    }
}

/// Reads a node up to its children.
fn node(reader: &mut Reader<'_>, objects: &mut Vec<Extent>) -> Result<Open, Error> {
    let start = reader.position();
    let tag = reader.byte()?;
    let object = (tag >= tags::FIRST_OBJECT).then_some(objects.len());
    if object.is_some() {
        objects.push(Extent { start, end: start });
    }
    let mut keyed = false;
    let remaining = match tag {
        tags::UNDEFINED | tags::NULL | tags::FALSE | tags::TRUE => 0,
        tags::INT => reader.int().map(|_| 0)?,
        tags::FLOAT | tags::DATE => reader.float().map(|_| 0)?,
        tags::TEXT | tags::WIDE => reader.string(tag).map(|_| 0)?,
        tags::BIGINT => bigint(reader)?,
        tags::REFERENCE => {
            let number = reader.number()?;
            if number >= objects.len() as u64 {
                return Err(reader.invalid("back reference"));
            }
            0
        }
        tags::OBJECT => {
            keyed = true;
            reader.count()?
        }
        tags::ARRAY | tags::SET => reader.count()?,
        tags::SPARSE_ARRAY => {
            keyed = true;
            if reader.number()? > u64::from(u32::MAX) {
                return Err(reader.invalid("array length"));
            }
            reader.count()?
        }
        tags::MAP => reader.count()? * 2,
        tags::REGEXP => {
            reader.tagged_string()?;
            reader.tagged_string().map(|_| 0)?
        }
        tags::ERROR => error(reader)?,
        tags::BOXED => primitive(reader)?,
        tags::BUFFER => buffer(reader)?,
        tags::VIEW => view(reader)?,
        tags::HEADERS => {
            for _ in 0..reader.count()? {
                reader.tagged_string()?;
                reader.tagged_string()?;
            }
            0
        }
        tags::REQUEST => {
            if reader.clone().byte()? != tags::OBJECT {
                return Err(reader.invalid("request"));
            }
            1
        }
        tags::BLOB => {
            reader.tagged_string()?;
            reader.blob().map(|_| 0)?
        }
        tags::DOM_EXCEPTION => {
            reader.tagged_string()?;
            reader.tagged_string()?;
            reader.optional_string().map(|_| 0)?
        }
        tags::STREAM => reader.blob().map(|_| 0)?,
        _ => return Err(reader.invalid("tag")),
    };
    Ok(Open {
        object,
        remaining,
        keyed,
    })
}

fn bigint(reader: &mut Reader<'_>) -> Result<u64, Error> {
    if reader.byte()? > 1 {
        return Err(reader.invalid("sign"));
    }
    reader.blob().map(|_| 0)
}

/// The number of its children: 1 if there is a cause.
fn error(reader: &mut Reader<'_>) -> Result<u64, Error> {
    if usize::from(reader.byte()?) >= tags::ERROR_NAMES.len() {
        return Err(reader.invalid("class of error"));
    }
    reader.optional_string()?;
    reader.optional_string()?;
    match reader.byte()? {
        has_cause @ (0 | 1) => Ok(u64::from(has_cause)),
        _ => Err(reader.invalid("cause")),
    }
}

fn primitive(reader: &Reader<'_>) -> Result<u64, Error> {
    match reader.clone().byte()? {
        tags::FALSE | tags::TRUE | tags::INT | tags::FLOAT | tags::TEXT | tags::WIDE | tags::BIGINT => Ok(1),
        _ => Err(reader.invalid("boxed primitive")),
    }
}

fn buffer(reader: &mut Reader<'_>) -> Result<u64, Error> {
    let largest = reader.number()?;
    let length = reader.blob()?.len() as u64;
    if largest != 0 && largest - 1 < length {
        return Err(reader.invalid("buffer length"));
    }
    Ok(0)
}

fn view(reader: &mut Reader<'_>) -> Result<u64, Error> {
    let class = usize::from(reader.byte()?);
    let Some((_, size)) = tags::VIEW_NAMES.get(class) else {
        return Err(reader.invalid("class of view"));
    };
    let length = reader.blob()?.len() as u64;
    if !length.is_multiple_of(*size) {
        return Err(reader.invalid("view length"));
    }
    Ok(0)
}
