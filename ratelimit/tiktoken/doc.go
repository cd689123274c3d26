// Package tiktoken does not know what a limit is, what a request looks like, or
// which model a service will call. It counts the tokens of a text exactly as
// OpenAI's models do, for the estimate that is reserved before a call:
//
//	counter := tiktoken.New(nil)
//	n, known := counter.CountTokens("gpt-4o", text)
//	if !known {
//		n = (int64(len(text)) + 3) / 4
//	}
//
// A [Counter] is a [ratelimit.TokenCounter].
//
// # Models
//
// Two encodings are here. o200k_base: gpt-5, gpt-4o, gpt-4.1, gpt-4.5, gpt-oss,
// chatgpt-4o, codex-mini, o1, o3, o4. cl100k_base: gpt-4, gpt-3.5 (gpt-35),
// text-embedding-3, text-embedding-ada-002, davinci-002, babbage-002. A name
// may go on after these with a version, a size or a date, as gpt-5.1 and
// gpt-4o-mini-2024-07-18 do, and may have around it what says where the model
// is served: system.ai.databricks-gpt-oss-120b, openai/gpt-4o,
// ft:gpt-4o-mini:org::id. Case does not matter. Every other model is unknown,
// and so are all of other vendors, whose tokenizers are not published or not
// here.
//
// # What is exact
//
// The count is that of OpenAI's library for the text as ordinary text: the
// names of special tokens, <|endoftext|> for one, count as the characters they
// are. What a chat puts around each message, some three or four tokens, is not
// in the text and not counted; nor are images and tools.
//
// Two things can make a difference of a few tokens. A run without any break of
// more than 4,096 bytes, which no language has, is counted in parts of that
// length. And which characters are letters is what this Go release knows of
// Unicode. Bytes that are not UTF-8 count as signs; nothing panics.
//
// # Time and memory
//
// The vocabularies are compiled into the program, 6.8 MB of it, and nothing is
// fetched. Each is loaded when a model needs it for the first time, in some
// 30 ms ([Counter.Load] does it sooner), and then takes about 7 MB of memory
// (o200k_base) or 4 MB (cl100k_base), besides 128 KiB that they share and
// 100 KiB for each call under way.
//
// The time grows with the length of the text and with nothing else. Prose takes
// about 0.1 ms for 10 kB; a mebibyte takes 10 ms, or less than 50 ms when it is
// made to take long. A text of more than [Options].MaxBytes is not counted.
//
// # Concurrency
//
// A [Counter] may be used by any number of goroutines. There is no goroutine in
// the background and nothing to close.
package tiktoken
