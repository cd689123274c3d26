package wire

import (
	"bytes"
	"fmt"
)

// A Request is what a gateway has to know of a caller's body, and the body
// itself, unchanged. It is read only and may be shared; the bytes given to
// [ParseRequest] belong to it and must not be written to.
type Request struct {
	// Model is the decoded value of the member "model".
	Model string
	// Stream is whether the caller wants a stream. null and absence mean no;
	// of several members "stream" the last one counts. Embeddings never stream.
	Stream bool
	// IncludeUsage is whether the caller asked for the usage chunk of streamed
	// chat completions: stream_options.include_usage is true.
	IncludeUsage bool
	// NoOutput is whether the answer has no tokens of its own: that of
	// embeddings, for which nothing but the input is to be reserved.
	NoOutput bool
	// MaxTokens is the most tokens that the answer may have, from 0 to the
	// largest int64: max_tokens or max_completion_tokens of chat completions,
	// the larger of the two; max_output_tokens of responses; max_tokens of
	// messages. 0 when there is no positive whole number.
	MaxTokens int64
	// N is how many answers are asked for, at least 1. Only chat completions
	// can ask for several.
	N int64
	// TextBytes is the size of the message text in bytes of UTF-8, after
	// decoding: every string that is the value of a "content" or a "text"
	// anywhere inside the members below, and those members themselves when they
	// are strings or lists of strings (ruling R24).
	//
	//	chat completions  messages, input, prompt
	//	embeddings        input; where it is tokens, 4 bytes for each
	//	responses         input, with the "output" of tools, and instructions
	//	messages          messages, system
	//
	// Roles, names, tool schemas, image addresses and encoded media are not
	// counted.
	TextBytes int64
	// TextTokens is how many tokens a request for embeddings holds in place of
	// text. They are in TextBytes too.
	TextTokens int64

	api     API
	body    []byte
	model   span // the value of "model", quotes included
	options options
}

// ParseRequest reads a body in one pass, without copying it. What it refuses,
// it refuses with an [*Error]: JSON that is not sound or has something behind
// it, a value that is no object, nesting beyond 512, a model that is missing,
// no string or given twice, and a stream that is neither a boolean nor null.
// Everything else is for the provider to judge (ruling R33).
//
// A second "model" spelt with other capitals counts as given twice: readers
// that ignore case would otherwise see another model than the one that was
// authorised.
func ParseRequest(api API, body []byte) (Request, error) {
	q := Request{N: 1, NoOutput: api == Embeddings, api: api, body: body}
	s := scanner{data: body}
	if s.kind() != '{' {
		s.skip()
		if !s.end() {
			return Request{}, s.refusal()
		}
		return Request{}, &Error{Message: "the body must be a JSON object"}
	}
	var wrong *Error
	var models, exact int
	for s.open(); s.more('}'); {
		key := s.key()
		switch {
		case len(key) == len("model") && bytes.EqualFold(key, []byte("model")):
			models++
			if string(key) != "model" {
				s.skip()
				continue
			}
			exact++
			if s.kind() != '"' && wrong == nil {
				wrong = &Error{Param: "model", Message: "model must be a string"}
			}
			start := s.pos
			q.Model = s.text()
			q.model = span{start, s.pos}
		case string(key) == "stream":
			c := s.kind()
			s.skip()
			q.Stream = c == 't' && api != Embeddings
			if c != 't' && c != 'f' && c != 'n' && wrong == nil {
				wrong = &Error{Param: "stream", Message: "stream must be true or false"}
			}
		default:
			q.member(&s, key)
		}
	}
	switch {
	case !s.end():
		return Request{}, s.refusal()
	case exact == 0:
		return Request{}, &Error{Param: "model", Message: "model is missing"}
	case models > 1:
		return Request{}, &Error{Param: "model", Message: "model is given more than once"}
	case wrong != nil:
		return Request{}, wrong
	}
	return q, nil
}

// member reads one top-level member that is neither "model" nor "stream".
func (q *Request) member(s *scanner, key []byte) {
	switch q.api {
	case Embeddings:
		q.embeddingsMember(s, key)
	case Responses:
		q.responsesMember(s, key)
	case Messages:
		q.messagesMember(s, key)
	default:
		q.chatMember(s, key)
	}
}

// An Error says why a body cannot be a request.
type Error struct {
	Param   string // the member at fault, "" for the body as a whole
	Message string // a sentence for the caller, without a prefix
}

func (e *Error) Error() string { return "wire: " + e.Message }

// refusal says what is wrong with a document that did not end well.
func (s *scanner) refusal() *Error {
	switch {
	case len(s.data) == 0:
		return &Error{Message: "the body is empty"}
	case s.deep:
		return &Error{Message: fmt.Sprintf("the body is nested deeper than %d levels", maxDepth)}
	case !s.bad:
		return &Error{Message: fmt.Sprintf("the body has data behind its JSON value, at byte %d", s.pos)}
	}
	return &Error{Message: fmt.Sprintf("the body is not valid JSON, at byte %d", s.pos)}
}
