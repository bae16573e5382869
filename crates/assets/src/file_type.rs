//! `Content-Type` from a file's name.

use http::HeaderValue;

/// The type of a file called `name`, with the charset if it is text; `None` if the extension is unknown.
pub(crate) fn of(name: &str) -> Option<HeaderValue> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let (stem, extension) = name.rsplit_once('.')?;
    // What is hidden by a dot in front has no extension.
    if stem.is_empty() || extension.is_empty() {
        return None;
    }
    let kind = registered(&extension.to_ascii_lowercase())
        .or_else(|| mime_guess::from_ext(extension).first_raw())?;
    if kind.starts_with("text/") {
        HeaderValue::try_from(format!("{kind}; charset=utf-8")).ok()
    } else {
        Some(HeaderValue::from_static(kind))
    }
}

/// Where `mime_guess` has another type than Cloudflare sends, mostly one from before it was registered, or none.
fn registered(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "mjs" => "text/javascript",
        "jsx" => "text/jsx",
        "mdx" => "text/mdx",
        "wgsl" => "text/wgsl",
        "yaml" | "yml" => "text/yaml",
        "manifest" => "text/cache-manifest",
        "h" | "hh" | "c" | "cc" | "cpp" | "cxx" => "text/x-c",
        "java" => "text/x-java-source",
        "s" | "asm" => "text/x-asm",
        "man" | "me" | "ms" | "roff" | "t" | "tr" => "text/troff",
        "cjs" => "application/node",
        "map" => "application/json",
        "ipynb" => "application/x-ipynb+json",
        "xml" | "xsd" | "xsl" => "application/xml",
        "dtd" => "application/xml-dtd",
        "xslt" => "application/xslt+xml",
        "wsdl" => "application/wsdl+xml",
        "xlf" => "application/xliff+xml",
        "ttml" => "application/ttml+xml",
        "osm" => "application/vnd.openstreetmap.data+xml",
        "toml" => "application/toml",
        "sql" => "application/sql",
        "rs" => "application/rls-services+xml",
        "class" => "application/java-vm",
        "dll" => "application/octet-stream",
        "asc" => "application/pgp-keys",
        "cer" => "application/pkix-cert",
        "rar" => "application/vnd.rar",
        "cab" => "application/vnd.ms-cab-compressed",
        "rpm" => "application/x-redhat-package-manager",
        "lottie" => "application/zip+dotlottie",
        "mvt" => "application/vnd.mapbox-vector-tile",
        "m3u8" => "application/vnd.apple.mpegurl",
        "vsdx" => "application/vnd.visio",
        "key" => "application/vnd.apple.keynote",
        "numbers" => "application/vnd.apple.numbers",
        "pages" => "application/vnd.apple.pages",
        "fbx" => "application/vnd.autodesk.fbx",
        "blend" => "application/x-blender",
        "docm" => "application/vnd.ms-word.document.macroenabled.12",
        "xlsm" => "application/vnd.ms-excel.sheet.macroenabled.12",
        "pptm" => "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        "m4a" | "m4b" => "audio/mp4",
        "mid" | "midi" | "rmi" => "audio/midi",
        "aif" | "aiff" | "aifc" => "audio/x-aiff",
        "flac" => "audio/x-flac",
        "amr" => "audio/amr",
        "otf" => "font/otf",
        "woff" => "font/woff",
        "ico" => "image/vnd.microsoft.icon",
        "psd" => "image/vnd.adobe.photoshop",
        "dds" => "image/vnd.ms-dds",
        "exr" => "image/aces",
        "ktx2" => "image/ktx2",
        "jfif" => "image/pjpeg",
        "jxr" => "image/jxr",
        "jxs" => "image/jxs",
        "emf" => "image/emf",
        "wmf" => "image/wmf",
        "dwg" => "image/vnd.dwg",
        "dxf" => "image/vnd.dxf",
        "pic" | "pct" => "image/x-pict",
        "pcx" => "image/vnd.zbrush.pcx",
        "3mf" => "model/3mf",
        "obj" => "model/obj",
        "mtl" => "model/mtl",
        "stl" => "model/stl",
        "wrl" => "model/vrml",
        "step" | "stp" => "model/step",
        "u3d" => "model/u3d",
        "usda" => "model/vnd.usda",
        "usdz" => "model/vnd.usdz+zip",
        "m4s" => "video/iso.segment",
        "ts" | "m2t" | "m2ts" | "mts" => "video/mp2t",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_is_in_them() {
        for (name, expected) in [
            ("/index.html", Some("text/html; charset=utf-8")),
            ("/A.JS", Some("text/javascript; charset=utf-8")),
            ("/a/b.json", Some("application/json")),
            ("/a.b/c", None),
            ("/.html", None),
            ("/a.", None),
            ("/a.WOFF2", Some("font/woff2")),
            ("/a.MJS", Some("text/javascript; charset=utf-8")),
            ("/a.nonsense", None),
        ] {
            let kind = of(name);
            let kind = kind.as_ref().map(|kind| kind.to_str().unwrap());
            assert_eq!(kind, expected, "{name}");
        }
    }
}
