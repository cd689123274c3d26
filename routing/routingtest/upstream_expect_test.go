package routingtest

import (
	"net/http"
	"strings"
)

// What a client sees of a reply.
type sight struct {
	status int    // 0: there was no answer
	end    string // "whole", "broken", "silent", "endless"
	body   string
	header http.Header
}

// expected is what a shape must look like from outside.
func expected(s Shape, a Ask) sight {
	whole := Answer(a)
	first, parts := "", stream{}
	if a.streams() {
		parts = a.stream()
		first = strings.Join(parts.opening, "")
	}
	half := whole[:len(whole)/2]
	after := half
	if a.streams() {
		half, after = first, first+parts.content[0]
	}
	switch s {
	case Refused, TLSAbort, ResetBeforeHeaders:
		return sight{status: 0, end: "broken"}
	case HeaderStall:
		return sight{status: 0, end: "silent"}
	case ResetAfterHeaders:
		return sight{status: 200, end: "broken"}
	case TooManyRequests, ServerError, Unavailable:
		return sight{status: s.status(), end: "whole", body: a.refusal(s.status())}
	case Empty:
		return sight{status: 200, end: "whole"}
	case HTML:
		return sight{status: 200, end: "whole", body: page}
	case ErrorFirst:
		if a.streams() {
			return sight{status: 200, end: "whole", body: parts.failure}
		}
		return sight{status: 200, end: "whole", body: a.refusal(503)}
	case BadJSONFirst:
		if a.streams() {
			return sight{status: 200, end: "whole", body: "data: {\"choices\":[{\n\n"}
		}
		return sight{status: 200, end: "whole", body: `{"choices":[{`}
	case EOFBeforeContent:
		return sight{status: 200, end: "whole", body: half}
	case StallBeforeContent:
		return sight{status: 200, end: "silent", body: half}
	case CutClean:
		return sight{status: 200, end: "whole", body: whole[:100]}
	case CutBroken:
		return sight{status: 200, end: "broken", body: whole[:100]}
	case StallAt:
		return sight{status: 200, end: "silent", body: whole[:100]}
	case EOFAfterContent:
		return sight{status: 200, end: "whole", body: after}
	case ResetAfterContent:
		return sight{status: 200, end: "broken", body: after}
	case StallAfterContent:
		return sight{status: 200, end: "silent", body: after}
	case ErrorAfterContent:
		if a.streams() {
			return sight{status: 200, end: "whole", body: after + parts.failure}
		}
		return sight{status: 200, end: "whole", body: after + a.refusal(503)}
	case LongLength:
		if a.streams() {
			return sight{status: 200, end: "broken", body: after + parts.content[1]}
		}
		return sight{status: 200, end: "broken", body: whole[:len(whole)-1]}
	case ShortLength:
		if !a.streams() {
			half = whole[:len(whole)/2]
			return sight{status: 200, end: "whole", body: half}
		}
		return sight{status: 200, end: "whole", body: after}
	case EndlessLine, EndlessBody:
		return sight{status: 200, end: "endless"}
	case TwoEnds:
		if a.streams() {
			return sight{status: 200, end: "whole", body: whole + parts.end[0]}
		}
	case NoEnd:
		if a.streams() {
			return sight{status: 200, end: "whole", body: strings.TrimSuffix(whole, parts.end[0])}
		}
	case InvalidUTF8:
		if a.API != Embeddings {
			return sight{status: 200, end: "whole", body: strings.Replace(whole, "Hello", "Hel\xc3\xff", 1)}
		}
	case OversizeFirst:
		if a.streams() {
			return sight{status: 200, end: "whole", body: "data: {\"text\":\"" + strings.Repeat("o", 3000-len("data: {\"text\":\"\"}\n\n")) + "\"}\n\n"}
		}
		return sight{status: 200, end: "whole", body: `{"text":"` + strings.Repeat("o", 3000-len(`{"text":""}`)) + `"}`}
	}
	return sight{status: 200, end: "whole", body: whole}
}
