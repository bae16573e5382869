//! The JSON view of binary values.

use super::format as tags;
use super::reader::Reader;
use super::validate::{self, Extent};
use super::{Error, date};
use serde_json::{Map, Number, Value as Json, json};

/// Readers of JSON, serde's among them, take 127 levels.
const MAX_JSON_DEPTH: usize = 100;
/// How many nodes may come from repeating shared objects: a few bytes can share their way to any number.
const MAX_REPEATED: usize = 100_000;
/// Longer BigInts are not written in decimal.
const MAX_BIGINT_BYTES: usize = 1024;

/// The JSON view of a binary value, which is validated first.
pub(super) fn view(bytes: &[u8]) -> Result<Json, Error> {
    let mut view = View {
        bytes,
        objects: validate::objects(bytes)?,
        open: Vec::new(),
        repeating: 0,
        repeated: 0,
    };
    let json = view.node(&mut Reader::new(bytes, 1))?;
    Ok(json.unwrap_or(Json::Null))
}

struct View<'a> {
    bytes: &'a [u8],
    objects: Vec<Extent>,
    /// Where the objects begin that the current node lies in.
    open: Vec<usize>,
    /// How many back references the current node lies in.
    repeating: usize,
    /// Nodes written because of back references.
    repeated: usize,
}

impl View<'_> {
    /// The node's JSON, or `None` if it is `undefined`.
    fn node(&mut self, reader: &mut Reader<'_>) -> Result<Option<Json>, Error> {
        let position = reader.position();
        if self.repeating > 0 {
            self.repeated += 1;
        }
        let tag = reader.byte()?;
        if tag >= tags::FIRST_OBJECT {
            if self.open.len() >= MAX_JSON_DEPTH {
                reader.seek(self.end_of(position));
                return Ok(Some(json!("[Nested deeper]")));
            }
            self.open.push(position);
            let json = self.object(reader, tag);
            self.open.pop();
            return json.map(Some);
        }
        Ok(Some(match tag {
            tags::UNDEFINED => return Ok(None),
            tags::FALSE => Json::Bool(false),
            tags::TRUE => Json::Bool(true),
            tags::INT => Json::from(reader.int()?),
            tags::FLOAT => number(reader.float()?),
            tags::TEXT | tags::WIDE => Json::String(reader.string(tag)?.into_owned()),
            tags::BIGINT => bigint(reader)?,
            tags::REFERENCE => self.reference(reader)?,
            _ => Json::Null,
        }))
    }

    /// A child whose absence shows as null.
    fn child(&mut self, reader: &mut Reader<'_>) -> Result<Json, Error> {
        self.node(reader).map(Option::unwrap_or_default)
    }

    fn object(&mut self, reader: &mut Reader<'_>, tag: u8) -> Result<Json, Error> {
        let json = match tag {
            tags::OBJECT => {
                let count = reader.count()?;
                Json::Object(self.fields(reader, count)?)
            }
            tags::ARRAY | tags::SET => {
                let count = reader.count()?;
                (0..count).map(|_| self.child(reader)).collect::<Result<_, _>>()?
            }
            tags::SPARSE_ARRAY => self.sparse_array(reader)?,
            tags::MAP => self.map(reader)?,
            tags::DATE => date::iso_string(reader.float()?).map_or(Json::Null, Json::String),
            tags::REGEXP => json!(format!(
                "/{}/{}",
                reader.tagged_string()?,
                reader.tagged_string()?
            )),
            tags::ERROR => {
                let class = usize::from(reader.byte()?);
                let message = reader.optional_string()?.unwrap_or_default();
                reader.optional_string()?;
                let mut json = json!({ "name": tags::ERROR_NAMES.get(class), "message": message });
                if reader.byte()? == 1 {
                    json["cause"] = self.child(reader)?;
                }
                json
            }
            tags::BUFFER => {
                reader.number()?;
                sized("ArrayBuffer", reader)?
            }
            tags::VIEW => {
                let class = usize::from(reader.byte()?);
                sized(
                    tags::VIEW_NAMES.get(class).map_or("View", |(name, _)| *name),
                    reader,
                )?
            }
            tags::HEADERS => {
                let mut headers = Map::new();
                for _ in 0..reader.count()? {
                    let name = reader.tagged_string()?.into_owned();
                    headers.insert(name, json!(reader.tagged_string()?));
                }
                Json::Object(headers)
            }
            tags::BLOB => {
                reader.tagged_string()?;
                sized("Blob", reader)?
            }
            tags::DOM_EXCEPTION => {
                let json = json!({ "name": reader.tagged_string()?, "message": reader.tagged_string()? });
                reader.optional_string()?;
                json
            }
            tags::STREAM => json!(format!(
                "[ReadableStream (binary): {} bytes]",
                reader.blob()?.len()
            )),
            // A Request and a boxed primitive are one node.
            _ => self.child(reader)?,
        };
        Ok(json)
    }

    /// The end of the object that begins at `start`.
    fn end_of(&self, start: usize) -> usize {
        match self.objects.binary_search_by_key(&start, |extent| extent.start) {
            Ok(number) => self.objects[number].end,
            Err(_) => self.bytes.len(),
        }
    }

    fn fields(&mut self, reader: &mut Reader<'_>, count: u64) -> Result<Map<String, Json>, Error> {
        let mut fields = Map::new();
        for _ in 0..count {
            let key = reader.tagged_string()?.into_owned();
            if let Some(value) = self.node(reader)? {
                fields.insert(key, value);
            }
        }
        Ok(fields)
    }

    /// An array if it has no more gaps than elements, else an object of what there is. Own properties do not show.
    fn sparse_array(&mut self, reader: &mut Reader<'_>) -> Result<Json, Error> {
        let length = reader.number()?;
        let count = reader.count()?;
        let fields = self.fields(reader, count)?;
        if length > count * 2 + 16 {
            return Ok(Json::Object(fields));
        }
        let mut items = vec![Json::Null; length as usize];
        for (key, value) in fields {
            if let Some(item) = key.parse().ok().and_then(|index: usize| items.get_mut(index)) {
                *item = value;
            }
        }
        Ok(Json::Array(items))
    }

    fn map(&mut self, reader: &mut Reader<'_>) -> Result<Json, Error> {
        let mut pairs = Vec::new();
        for _ in 0..reader.count()? {
            let key_tag = reader.clone().byte()?;
            let key = self.child(reader)?;
            let value = self.child(reader)?;
            pairs.push((matches!(key_tag, tags::TEXT | tags::WIDE), key, value));
        }
        if pairs.iter().all(|(is_text, _, _)| *is_text) {
            let field =
                |(_, key, value): (bool, Json, Json)| (key.as_str().unwrap_or_default().to_owned(), value);
            return Ok(Json::Object(pairs.into_iter().map(field).collect()));
        }
        Ok(pairs
            .into_iter()
            .map(|(_, key, value)| json!([key, value]))
            .collect())
    }

    fn reference(&mut self, reader: &mut Reader<'_>) -> Result<Json, Error> {
        let number = reader.number()? as usize;
        let Some(start) = self.objects.get(number).map(|extent| extent.start) else {
            return Err(reader.invalid("back reference"));
        };
        if self.open.contains(&start) {
            return Ok(json!("[Circular]"));
        }
        if self.repeated >= MAX_REPEATED {
            return Ok(json!("[Repeated]"));
        }
        self.repeating += 1;
        let json = self.child(&mut Reader::new(self.bytes, start));
        self.repeating -= 1;
        json
    }
}

fn number(number: f64) -> Json {
    const SAFE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < SAFE {
        return Json::from(number as i64);
    }
    Number::from_f64(number).map_or(Json::Null, Json::Number)
}

fn sized(class: &str, reader: &mut Reader<'_>) -> Result<Json, Error> {
    Ok(json!(format!("[{class}({} bytes)]", reader.blob()?.len())))
}

fn bigint(reader: &mut Reader<'_>) -> Result<Json, Error> {
    let sign = if reader.byte()? == 1 { "-" } else { "" };
    let magnitude = reader.blob()?;
    if magnitude.len() > MAX_BIGINT_BYTES {
        return Ok(json!(format!("[BigInt({} bytes)]", magnitude.len())));
    }
    Ok(json!(format!("[BigInt({sign}{})]", decimal(magnitude))))
}

/// A little-endian number in decimal.
fn decimal(magnitude: &[u8]) -> String {
    const PART: u64 = 1_000_000_000;
    // Nine decimal digits each, the lowest first.
    let mut parts: Vec<u64> = vec![0];
    for byte in magnitude.iter().rev() {
        let mut carry = u64::from(*byte);
        for part in &mut parts {
            let next = *part * 256 + carry;
            *part = next % PART;
            carry = next / PART;
        }
        if carry > 0 {
            parts.push(carry);
        }
    }
    let (highest, lower) = parts.split_last().unwrap_or((&0, &[]));
    lower
        .iter()
        .rev()
        .fold(highest.to_string(), |text, part| text + &format!("{part:09}"))
}

/// JSON text without the space between its tokens.
pub(super) fn compact(text: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    text.chars()
        .filter(|&c| {
            if !in_string {
                in_string = c == '"';
                return !matches!(c, ' ' | '\t' | '\n' | '\r');
            }
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            true
        })
        .collect()
}
