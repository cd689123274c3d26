package routingtest

import (
	"fmt"
	"net/http"
	"time"
)

// A Schedule is what upstreams do, as data: the replies of each model in order,
// the last of which repeats. A model that is not named answers whole. It has a
// form in JSON, so that a schedule which found a fault can be kept in a file:
//
//	{"gpt": [{"shape": "503", "retry_after": "2"}, {"shape": "cut_broken", "at": 120}, {}]}
type Schedule map[string][]Reply

// A Reply is what one request meets. The zero Reply is a whole answer at once.
type Reply struct {
	// Shape is what happens. Default "": Whole.
	Shape Shape `json:"shape,omitempty"`

	// Wait is the time before anything happens.
	Wait Duration `json:"wait,omitempty"`

	// Piece is how many bytes of the body come at once, and Every the time
	// before each piece. Default 0: an event, or the whole body, without wait.
	Piece int      `json:"piece,omitempty"`
	Every Duration `json:"every,omitempty"`

	// At is the number of bytes of the body before the answer breaks off, for
	// CutClean, CutBroken and StallAt. More than there are: all of them.
	At int `json:"at,omitempty"`

	// Size is how many bytes OversizeFirst and HeaderBomb have. Default 0:
	// 5 MiB for the first, 1 MiB for the second.
	Size int `json:"size,omitempty"`

	// RetryAfter is sent as the header of that name. Default "": none is.
	RetryAfter string `json:"retry_after,omitempty"`

	// Header is sent besides the usual headers, and instead of those of the
	// same name.
	Header map[string]string `json:"header,omitempty"`

	// Body is what stands for the bytes of a whole answer, for Whole,
	// CutClean, CutBroken and StallAt, and for those of a refusal. Default "":
	// [Answer], or what the API's providers say when they refuse.
	Body string `json:"body,omitempty"`
}

// A Duration is a time.Duration whose text is "1.5s".
type Duration time.Duration

// MarshalText implements [encoding.TextMarshaler].
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Validate returns an error that names the reply which cannot be played: an
// unknown Shape or a negative number. Whether Refused and TLSAbort may be mixed
// with other shapes depends on who plays: see [NewUpstream].
func (s Schedule) Validate() error {
	for model, replies := range s {
		for i, r := range replies {
			if err := r.validate(); err != nil {
				return fmt.Errorf("routingtest: reply %d of %q: %w", i, model, err)
			}
		}
	}
	return nil
}

func (r Reply) validate() error {
	if !r.Shape.known() {
		return fmt.Errorf("no such shape: %q", r.Shape)
	}
	if r.Wait < 0 || r.Every < 0 || r.Piece < 0 || r.At < 0 || r.Size < 0 {
		return fmt.Errorf("a number below zero: %+v", r)
	}
	return nil
}

// reply is the n-th of a model, from 0.
func (s Schedule) reply(model string, n int) Reply {
	list := s[model]
	if len(list) == 0 {
		return Reply{}
	}
	return list[min(n, len(list)-1)]
}

// early reports whether the model fails before a request is seen, which then
// is all that it may do.
func (s Schedule) early(model string) (Shape, error) {
	list := s[model]
	for i, r := range list {
		if r.Shape.early() != list[0].Shape.early() || r.Shape.early() && r.Shape != list[0].Shape {
			return "", fmt.Errorf("routingtest: reply %d of %q: over a network, %s and %s cannot follow each other", i, model, list[0].Shape, r.Shape)
		}
	}
	if len(list) > 0 && list[0].Shape.early() {
		return list[0].Shape, nil
	}
	return "", nil
}

// put writes the headers that r adds.
func (r Reply) put(h http.Header) {
	if r.RetryAfter != "" {
		h.Set("Retry-After", r.RetryAfter)
	}
	for name, value := range r.Header {
		h.Set(name, value)
	}
}
