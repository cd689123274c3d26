package routingtest

import "strconv"

// A Shape names what an upstream does with a request. A Shape of three digits,
// such as "429", is that HTTP status with a body as the API's providers write
// their refusals. The texts are stable.
type Shape string

// The shapes that end with a whole answer. Each API has its own form of them.
const (
	Whole       Shape = "whole"        // the usual answer; also what "" stands for
	TwoEnds     Shape = "two_ends"     // a stream whose last event, such as [DONE], comes twice
	NoEnd       Shape = "no_end"       // a stream without its last event, ended in good order
	InvalidUTF8 Shape = "invalid_utf8" // bytes in the text that are no UTF-8
)

// The shapes that fail before any content (failures.md 1.3). Not streamed,
// what is said of the first event is said of the body.
const (
	Refused            Shape = "refused"              // nobody listens
	TLSAbort           Shape = "tls_abort"            // the connection breaks during the TLS handshake
	ResetBeforeHeaders Shape = "reset_before_headers" // the request was read, then the connection is reset
	ResetAfterHeaders  Shape = "reset_after_headers"  // the same behind the headers of a 200
	HeaderStall        Shape = "header_stall"         // the request was read, and nothing comes
	TooManyRequests    Shape = "429"
	ServerError        Shape = "500"
	Unavailable        Shape = "503"
	Empty              Shape = "empty_200"            // a 200 without a body
	HTML               Shape = "html_200"             // a 200 with a page for people
	ErrorFirst         Shape = "error_first"          // a 200 whose first event is an error
	BadJSONFirst       Shape = "bad_json_first"       // a 200 whose first event is no JSON
	EOFBeforeContent   Shape = "eof_before_content"   // a 200 that ends, in good order, before content
	StallBeforeContent Shape = "stall_before_content" // a 200 that falls silent before content
	OversizeFirst      Shape = "oversize_first"       // a 200 whose first event has Reply.Size bytes
)

// More shapes that fail before any content.
const (
	Gzip        Shape = "gzip"         // a 200 that is compressed, asked for or not
	HeaderBomb  Shape = "header_bomb"  // a 200 with Reply.Size bytes of headers
	EndlessLine Shape = "endless_line" // a 200 whose first line never ends
	EndlessBody Shape = "endless_body" // a 200 of comments, or of white space, for ever
)

// The shapes that break off an answer. Not streamed, all of them break off
// inside the JSON, or, with Reply.At, behind that byte.
const (
	CutClean          Shape = "cut_clean"           // it ends in good order behind Reply.At bytes
	CutBroken         Shape = "cut_broken"          // the connection breaks behind Reply.At bytes
	StallAt           Shape = "stall_at"            // it falls silent behind Reply.At bytes
	EOFAfterContent   Shape = "eof_after_content"   // it ends, in good order, behind the first content
	ResetAfterContent Shape = "reset_after_content" // the connection breaks behind the first content
	StallAfterContent Shape = "stall_after_content" // it falls silent behind the first content
	ErrorAfterContent Shape = "error_after_content" // an error event behind the first content
	LongLength        Shape = "long_length"         // more bytes are announced than come
	ShortLength       Shape = "short_length"        // fewer bytes are announced than come
)

// FailuresBeforeContent are the shapes of failures.md 1.3: a gateway that has a
// destination left answers from there, and its caller sees nothing of them.
func FailuresBeforeContent() []Shape {
	return []Shape{
		Refused, TLSAbort, ResetBeforeHeaders, ResetAfterHeaders, HeaderStall, TooManyRequests, ServerError, Unavailable,
		Empty, HTML, ErrorFirst, BadJSONFirst, EOFBeforeContent, StallBeforeContent, OversizeFirst,
	}
}

// Shapes are all shapes with a name of their own, statuses apart from those of
// [FailuresBeforeContent] left out.
func Shapes() []Shape {
	return append(FailuresBeforeContent(),
		Whole, TwoEnds, NoEnd, InvalidUTF8, Gzip, HeaderBomb, EndlessLine, EndlessBody,
		CutClean, CutBroken, StallAt, EOFAfterContent, ResetAfterContent, StallAfterContent, ErrorAfterContent, LongLength, ShortLength)
}

// status is the HTTP status that s is, or 0.
func (s Shape) status() int {
	n, err := strconv.Atoi(string(s))
	if err != nil || len(s) != 3 || n < 200 || n > 599 {
		return 0
	}
	return n
}

func (s Shape) known() bool {
	if s == "" || s.status() != 0 {
		return true
	}
	for _, known := range Shapes() {
		if s == known {
			return true
		}
	}
	return false
}

// early reports whether s happens before a request is seen.
func (s Shape) early() bool { return s == Refused || s == TLSAbort }
