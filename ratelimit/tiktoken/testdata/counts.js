// Writes counts.jsonl, with OpenAI's own library compiled to WebAssembly:
//
//	npm install tiktoken@1.0.22 && node counts.js > counts.jsonl
//
// Each line is a text and its tokens in cl100k_base and in o200k_base.
const { get_encoding } = require("tiktoken");
const cl100k = get_encoding("cl100k_base"), o200k = get_encoding("o200k_base");

const kinds = ["a", "S", "e", "あ", "ǅ", "\u0301", "1", "Ⅷ", " ", "\t", "\u00a0", "\n", "\r", "'", "/", "!", "😀", "ſ"];
const words = kinds.concat(["'s", "'RE", "'lL", "tion", "HTTPServer", "antidis", "      ", "\r\n", "0042", "====", "你好", "मनीष", "👩‍💻",
	"<|endoftext|>", "\u2028", "Привет", "Straße", "naïve", "العربية", "日本語", "𠀀", "\u200b", "  \n", " \t", "//", "{}", "();", "\n\n", "ABCd"]);

let seed = 1;
const random = (n) => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return (seed >> 8) % n; };
const joined = (most, draw) => Array.from({ length: 1 + random(most) }, draw).join("");
const write = (text) => console.log(JSON.stringify([text, cl100k.encode_ordinary(text).length, o200k.encode_ordinary(text).length]));

const every = (text, more) => { write(text); if (more > 0) kinds.forEach((kind) => every(text + kind, more - 1)); };
every("", 2);
for (let i = 0; i < 800; i++) write(joined(25, () => words[random(words.length)]));
for (let i = 0; i < 150; i++) write(joined(200, () => String.fromCharCode(97 + random(26))));
for (let i = 0; i < 150; i++) write(joined(30, () => String.fromCodePoint(random(0xd800))));
for (const size of [1000, 4096]) for (const kind of kinds) write(kind.repeat(size / Buffer.byteLength(kind)));
