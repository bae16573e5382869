// The sites and requests that record.mjs asks a real `wrangler dev` about.

const PAGES = {
	"index.html": "index",
	"404.html": "root 404",
	"about.html": "about",
	"blog/index.html": "blog",
	"blog/post.html": "post",
	"blog/404.html": "blog 404",
	"both.html": "both",
	"both/index.html": "both index",
	"file": "a file",
	"bin/index": "a file called index",
	"page.html/index.html": "page directory",
	"twice/index.html/index.html": "twice",
	"twice.html.html": "twice html",
	"[boop].html": "boop",
	"sp ace.html": "space",
	"ünï.html": "unicode",
	"enc%5Bx%5D.html": "encoded",
	"at@x.txt": "at",
	"caret^x.txt": "caret",
	"quo'te(1)!.txt": "quote",
	"plus+and&.txt": "plus",
	".well-known/a.json": "{}",
	".hidden.html": "hidden",
	"dir.d/x.txt": "x",
	"empty.txt": "",
	"style.css": "a{}",
	"UPPER.HTML": "upper",
	"sub/dir/only.txt": "only",
	"evil.example/index.html": "evil",
};
const PATHS = [
	"/", "/index", "/index.html", "/index/", "/index.html/", "/?a=b", "/index.html?a=b&c",
	"/about", "/about/", "/about.html", "/about/index", "/about/index.html", "/about.html/", "/about?x=1", "/about/?x=1",
	"/blog", "/blog/", "/blog/index", "/blog/index.html", "/blog.html", "/blog.html?q", "/blog/post", "/blog/post/", "/blog/post.html",
	"/both", "/both/", "/both.html", "/both/index", "/both/index.html",
	"/file", "/file/", "/file.html", "/file/index.html", "/bin/index", "/bin/", "/bin",
	"/page", "/page/", "/page.html", "/page.html/", "/page.html/index", "/page.html/index.html",
	"/twice", "/twice/index", "/twice/index.html", "/twice/index.html/", "/twice/index.html/index.html", "/twice.html", "/twice.html.html",
	"/[boop]", "/%5Bboop%5D", "/[boop].html", "/%5Bboop%5D.html?q=1", "/sp%20ace", "/sp%20ace.html", "/%C3%BCn%C3%AF", "/%c3%bcn%c3%af",
	"/enc%255Bx%255D", "/enc%5Bx%5D", "/at@x.txt", "/at%40x.txt", "/caret^x.txt", "/caret%5Ex.txt", "/quo'te(1)!.txt", "/quo%27te(1)!.txt", "/plus+and&.txt", "/plus%2Band%26.txt",
	"/.well-known/a.json", "/.hidden", "/.hidden.html", "/dir.d/x.txt", "/dir.d/", "/empty.txt", "/style.css", "/UPPER.HTML", "/UPPER", "/sub/dir/only.txt", "/sub/dir/", "/sub/dir",
	"//", "//about", "//about.html", "//evil.example", "//evil.example/", "//evil.example/index.html", "/%2Fabout", "/%2F%2Fevil.example/index.html", "/about//", "/blog//post", "/\\evil.example/index.html", "/.//evil.example/index.html",
	"/../about", "/blog/../about", "/blog/%2e%2e/about", "/blog/..%2fabout", "/%2e%2e%2fetc", "/%zz", "/%", "/%ff", "/about%", "/ab%6Fut", "/none", "/none/", "/none.html", "/none/deep/er", "/blog/none", "/blog/none/x?y", "/blog/404", "/404", "/404.html",
].map((target) => ["GET", target]);

const pages = (html_handling, not_found_handling, requests = PATHS) => ({
	name: `${html_handling} ${not_found_handling}`,
	date: "2026-01-01",
	files: PAGES,
	assets: { html_handling, not_found_handling },
	requests,
});
const base = (html_handling) => ({
	name: `base ${html_handling}`,
	date: "2026-01-01",
	files: { ...PAGES, _redirects: "/docs/go /docs/about\n/docs/in/* /docs/:splat 200\n/docs/away /about 200\n/out /docs/about\n", _headers: "/*\n  X-All: 1\n" },
	assets: { html_handling, base_path: "/docs" },
	requests: ["/", "/docs", "/docs/", "/docs/index.html", "/docs/about", "/docs/about/", "/docs/about.html", "/docsabout", "/about", "/docs//about", "/docs/go", "/docs/in/about", "/docs/in/blog", "/docs/away", "/out", "/docs?x", "/docs/?x", "/DOCS/about"].map((target) => ["GET", target]),
});

const FILES = {
	"index.html": "<p>0123456789</p>",
	"data.txt": "0123456789",
	"noext": "x",
	"a.unknownextension": "x",
};
for (const extension of ["js", "mjs", "cjs", "ts", "tsx", "jsx", "css", "json", "map", "xml", "svg", "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "woff", "woff2", "ttf", "otf", "eot", "pdf", "mp4", "webm", "mp3", "wav", "ogg", "wasm", "zip", "gz", "tar", "md", "csv", "yaml", "yml", "toml", "webmanifest", "rss", "atom", "htm", "xhtml", "JS", "txt", "jsonld", "bin", "glb", "gltf", "m3u8", "ics", "vtt", "wat", "rtf", "doc", "docx", "xlsx", "exe", "sh", "py", "rs", "c", "php", "html.br", "apk", "dmg", "7z", "bz2", "epub", "flac", "aac", "m4a", "mov", "avi", "mkv", "ts.map", "geojson", "manifest", "appcache", "conf", "log", "ini", "less", "scss", "coffee", "swf", "psd", "tiff", "bmp", "heic", "jxl", "markdown", "jade", "jar", "iso", "msi", "deb", "rpm", "pem", "crt", "sql", "lua", "vue", "svelte", "astro", "mdx", "graphql", "wgsl", "glsl", "hdr", "ktx2", "basis", "usdz", "stl", "obj", "ply", "fbx"])
	FILES[`kind/a.${extension}`] = "x";

const http = {
	name: "http",
	date: "2026-01-01",
	files: FILES,
	links: { "link.txt": "data.txt", "linked": "kind" },
	assets: { not_found_handling: "404-page" },
	requests: [
		...["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"].flatMap((method) => [[method, "/data.txt"], [method, "/none"], [method, "/index.html"]]),
		["GET", "/data.txt", { "if-none-match": "etag of /data.txt" }],
		["HEAD", "/data.txt", { "if-none-match": "etag of /data.txt" }],
		["GET", "/data.txt", { "if-none-match": "W/etag of /data.txt" }],
		["GET", "/data.txt", { "if-none-match": "*" }],
		["GET", "/data.txt", { "if-none-match": '"other", etag of /data.txt' }],
		["GET", "/data.txt", { "if-none-match": '"other"' }],
		["GET", "/data.txt", { "if-match": '"other"' }],
		["GET", "/data.txt", { "if-modified-since": "Wed, 01 Jan 2098 00:00:00 GMT" }],
		["GET", "/data.txt", { range: "bytes=0-3" }],
		["GET", "/data.txt", { range: "bytes=4-" }],
		["GET", "/data.txt", { range: "bytes=-3" }],
		["GET", "/data.txt", { range: "bytes=20-30" }],
		["GET", "/data.txt", { range: "bytes=0-1,3-4" }],
		["GET", "/data.txt", { range: "lines=1-2" }],
		["GET", "/data.txt", { range: "bytes=0-3", "if-range": "etag of /data.txt" }],
		["GET", "/data.txt", { range: "bytes=0-3", "if-range": '"other"' }],
		["HEAD", "/data.txt", { range: "bytes=0-3" }],
		["GET", "/data.txt", { authorization: "Basic eDp5" }],
		["GET", "/link.txt"], ["GET", "/linked/a.txt"],
		["GET", "/noext"], ["GET", "/a.unknownextension"],
		...Object.keys(FILES).filter((name) => name.startsWith("kind/")).map((name) => ["HEAD", "/" + name]),
	],
};

const rules = {
	name: "rules",
	date: "2026-01-01",
	files: {
		...PAGES,
		"users/id.html": "user",
		"old/page.txt": "old",
		"q/index.html": "q",
		"x/y.txt": "xy",
		_headers: `# comment
/*
  X-Frame-Options: DENY
  X-Multi: one
  X-Multi: two
/about
  X-Multi: three
  X-About: yes: with colon
  ! X-Frame-Options
/about.html
  X-On-Redirect: 1
/blog/*
  X-Splat: :splat and :nothing
  Cache-Control: public, max-age=60
/blog/post
  ! Cache-Control
  Set-Cookie: a=1
/blog/post
  Set-Cookie: b=2
/style.css
  Content-Type: text/plain
  ETag: mine
  ! CF-Cache-Status
/users/:name/*
  X-Name: :name-:splat
https://localhost/file
  X-Host: localhost
https://:sub.example.com/*
  X-Sub: :sub
/dup/:a/:a
  X-Dup: 1
/none
  X-None: 1
/sp%20ace
  X-Space: encoded
/at@x.txt
  X-At: 1
/.well-known/*
  Access-Control-Allow-Origin: *
/empty.txt
  Cache-Control: one
  cache-control: two
/file
  X-Unicode: grüße
`,
		_redirects: `# comment
/go /about
/go-301 /about 301
/go-303 /about 303
/go-307 /about?own=1 307
/go-308 /about#frag 308
/ext https://example.com/path
/ext-q https://example.com/path?x=1#y 301
/same https://localhost:8787/about
/scheme //example.com/x
/file /about
/rewrite /users/id 200
/rewrite-html /users/id.html 200
/rewrite-none /nope 200
/sp%20x /about
/trail/ /about
/upper /UPPER.HTML
/back /a\\b
/rel ./about
/dots /blog/../about
/loop /index
/old/* /blog/:splat 301
/users/:id /users/id 200
/a/:b/c/:d /q?b=:b&d=:d 302
/s/* /x/:splat 200
/p/* /:splat 302
/e/* https://example.com/:splat
/eh/* //example.com/:splat
/two/*/* /about
/n/:x/:xy /about
/late /about 307
/q/* /about?z=:splat 302
`,
	},
	assets: { not_found_handling: "404-page" },
	requests: [
		...["/", "/about", "/about.html", "/about/", "/blog/post", "/blog/", "/blog", "/style.css", "/file", "/users/5/x", "/dup/x/x", "/none", "/sp%20ace", "/sp ace".replace(" ", "%20") + ".html", "/at@x.txt", "/at%40x.txt", "/.well-known/a.json", "/empty.txt", "/nothing/here",
			"/go", "/go?q=1", "/go/", "/go-301", "/go-303", "/go-307", "/go-307?q=1", "/go-308?q=1", "/ext", "/ext?q=1", "/ext-q?q=1", "/same", "/same?q=1", "/scheme", "/scheme?q", "/rewrite", "/rewrite?q=1", "/rewrite-html", "/rewrite-none", "/sp%20x", "/trail", "/trail/", "/upper", "/back", "/rel", "/dots", "/loop",
			"/old/page.txt", "/old/post", "/old/", "/old", "/users/7", "/users/7/", "/users/7?x", "/users/7/8", "/a/1/c/2", "/a/1/c/2?k=v", "/a/1/c/", "/s/y.txt", "/s/none", "/s/../about", "/p/evil", "/p//evil.example", "/p/%2Fevil.example", "/p/\\evil.example", "/p/", "/p/a/b?c=d", "/e/x/y", "/e//x", "/e/x?y", "/eh/x", "/two/a/b", "/n/a/b", "/late", "/q/", "/q/1", "/q", "//go", "/%67o"].map((target) => ["GET", target]),
		["POST", "/go"], ["HEAD", "/go"], ["POST", "/about"], ["POST", "/rewrite"], ["POST", "/none"], ["HEAD", "/style.css"],
		["GET", "/style.css", { "if-none-match": "etag of /style.css" }],
		["GET", "/blog/", { "if-none-match": "etag of /blog/index.html" }],
	],
};

const ignored = {
	name: "ignored",
	date: "2026-01-01",
	files: {
		".assetsignore": "# comment\n*.map\r\n/private/\n!keep.map\nUPPER\ndir/*\n!dir/keep.txt\na?b.txt\n[xy]z.txt\n**/deep\nfoo/**\n\\#hash\n\\!bang\nspace.txt   \nb{1,2}.txt\n/anchored.txt\nmid/dle.txt\nabc/**/xyz.txt\nonlydir/\n*.log\n!important.log\n{literal}.txt\nun[closed.txt\n[!n]ot.txt\nstar*\n\\*escaped.txt\n",
	},
	assets: { html_handling: "none" },
};
for (const name of ["a.map", "deep/b.map", "keep.map", "private/keep.map", "sub/private/x.txt", "upper", "Upper/x.txt", "dir/a.txt", "dir/keep.txt", "dir/sub/keep.txt", "sub/dir/a.txt", "aXb.txt", "aXXb.txt", "sub/a1b.txt", "xz.txt", "wz.txt", "sub/deep", "foo/a/b.txt", "sub/foo/a.txt", "#hash", "!bang", "space.txt", "b1.txt", "b{1,2}.txt", "anchored.txt", "sub/anchored.txt", "mid/dle.txt", "sub/mid/dle.txt", "abc/xyz.txt", "abc/1/2/xyz.txt", "onlydir", "sub/onlydir/x.txt", "x.log", "important.log", "sub/important.log", "{literal}.txt", "literal.txt", "un[closed.txt", "not.txt", "lot.txt", "starfish.txt", "sub/star/x.txt", "*escaped.txt", "aescaped.txt", "comment"])
	ignored.files[name] = name;
ignored.requests = Object.keys(ignored.files).map((name) => ["GET", "/" + name.split("/").map(encodeURIComponent).join("/")]);

const NAVIGATE = { "sec-fetch-mode": "navigate" };
const routed = (name, assets, more = {}) => ({
	name: `worker ${name}`,
	date: "2026-01-01",
	worker: true,
	files: { "index.html": "index", "about.html": "about", "404.html": "none", "api/a.txt": "a", "api/doc/b.txt": "b", "app/x.txt": "x", _redirects: "/go /about\n/rw/* /none-:splat 200\n", _headers: "/*\n  X-All: 1\n" },
	assets,
	...more,
	requests: [
		...["/", "/about", "/about.html", "/none", "/api/a.txt", "/api/doc/b.txt", "/api/none", "/api/doc/none", "/api", "/app/x.txt", "/app/none", "/go", "/rw/x", "//about", "/none?binding", "/about?binding", "/api/a.txt?binding"].flatMap((target) => [["GET", target], ["GET", target, NAVIGATE]]),
		["POST", "/about"], ["POST", "/none"], ["POST", "/none", NAVIGATE], ["HEAD", "/about"], ["HEAD", "/none"], ["POST", "/none?binding"], ["POST", "/api/none"], ["POST", "/go"],
		["GET", "/none", { "sec-fetch-mode": "cors" }],
	],
});
const SPA = "single-page-application";

export const sites = [
	pages("auto-trailing-slash", "none"),
	pages("force-trailing-slash", "none"),
	pages("drop-trailing-slash", "none"),
	pages("none", "none"),
	pages("auto-trailing-slash", "404-page"),
	pages("force-trailing-slash", "404-page"),
	pages("drop-trailing-slash", "single-page-application"),
	pages("auto-trailing-slash", "single-page-application"),
	pages("none", "single-page-application"),
	http,
	rules,
	ignored,
	base("auto-trailing-slash"),
	base("drop-trailing-slash"),
	base("force-trailing-slash"),
	base("none"),
	routed("default", {}),
	routed("spa", { not_found_handling: SPA }),
	routed("spa old", { not_found_handling: SPA }, { date: "2025-03-31" }),
	routed("spa flag", { not_found_handling: SPA }, { date: "2025-03-31", flags: ["assets_navigation_prefers_asset_serving"] }),
	routed("spa no effect", { not_found_handling: SPA }, { flags: ["assets_navigation_has_no_effect"] }),
	routed("404", { not_found_handling: "404-page" }),
	routed("first", { run_worker_first: true }),
	routed("first spa", { run_worker_first: true, not_found_handling: SPA }),
	routed("patterns", { run_worker_first: ["/api/*", "!/api/doc/*"] }),
	routed("patterns spa", { run_worker_first: ["/api/*", "!/api/doc/*", "/app/*.txt"], not_found_handling: SPA }),
	routed("patterns 404 old", { run_worker_first: ["/api/*", "!/api/doc/*"], not_found_handling: "404-page" }, { date: "2025-03-31" }),
];
