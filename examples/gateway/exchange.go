package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// exchange is a request and what must come back.
type exchange struct {
	says   string // what happens, for the reader
	to     string // "$GATEWAY" or "$PROVIDER"
	as     string // whose token: "$ALICE", "$BOB", "$CAROL"
	method string
	path   string
	body   string
	more   string // one more header, as "Name: value", where a variable stands for a token; may be empty

	demo  bool  // shown by the demo too
	later bool  // what must come back may take up to two seconds
	check check // of the answer
	// then are the requests that a right answer calls for; they come next. It
	// may be nil.
	then func(*answer) []exchange
}

// curl is the request as one types it.
func (x *exchange) curl() string {
	var b strings.Builder
	b.WriteString("curl -sS")
	if x.method != http.MethodGet {
		b.WriteString(" -X " + x.method)
	}
	fmt.Fprintf(&b, ` "%s%s"`, x.to, x.path)
	if x.as != "" {
		fmt.Fprintf(&b, ` -H "Authorization: Bearer %s"`, x.as)
	}
	if x.more != "" {
		fmt.Fprintf(&b, ` -H "%s"`, x.more)
	}
	if x.body != "" {
		fmt.Fprintf(&b, ` -H "Content-Type: application/json" -d '%s'`, strings.ReplaceAll(x.body, "'", `'\''`))
	}
	return b.String()
}

// send makes the request; expand knows what the variables stand for.
func (x *exchange) send(ctx context.Context, client *http.Client, expand func(string) string) (*answer, error) {
	r, err := http.NewRequestWithContext(ctx, x.method, expand(x.to)+x.path, strings.NewReader(x.body))
	if err != nil {
		return nil, err
	}
	if x.as != "" {
		r.Header.Set("Authorization", "Bearer "+expand(x.as))
	}
	if name, value, ok := strings.Cut(x.more, ": "); ok {
		r.Header.Set(name, os.Expand(value, func(variable string) string { return expand("$" + variable) }))
	}
	if x.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	response, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	return &answer{response.StatusCode, response.Header, body}, err
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// legible is how much of a body is shown, in bytes.
const legible = 8 << 10

func (a *answer) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s\n", a.status, http.StatusText(a.status))
	if wait := a.header.Get("Retry-After"); wait != "" {
		fmt.Fprintf(&b, "Retry-After: %s\n", wait)
	}
	text := bytes.TrimSpace(a.body)
	b.Write(text[:min(len(text), legible)])
	if len(text) > legible {
		fmt.Fprintf(&b, " … (%d bytes)", len(text))
	}
	return b.String()
}

// at returns what is at a path such as "choices.0.message.content" of the body,
// as text; a text is itself, anything else is JSON.
func (a *answer) at(path string) string {
	var v any
	if json.Unmarshal(a.body, &v) != nil {
		return ""
	}
	for _, key := range strings.Split(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			v = in[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(in) {
				return ""
			}
			v = in[i]
		default:
			return ""
		}
	}
	if text, ok := v.(string); ok {
		return text
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// check says what is wrong with an answer.
type check func(*answer) error

// all is the first thing that is wrong.
func all(checks ...check) check {
	return func(a *answer) error {
		for _, c := range checks {
			if err := c(a); err != nil {
				return err
			}
		}
		return nil
	}
}

func status(want int) check {
	return func(a *answer) error {
		if a.status != want {
			return fmt.Errorf("the status is %d, not %d", a.status, want)
		}
		return nil
	}
}

func is(path, want string) check {
	return func(a *answer) error {
		if got := a.at(path); got != want {
			return fmt.Errorf("%s is %q, not %q", path, got, want)
		}
		return nil
	}
}

func mentions(path, word string) check {
	return func(a *answer) error {
		if got := a.at(path); !strings.Contains(got, word) {
			return fmt.Errorf("%s is %q and does not mention %q", path, got, word)
		}
		return nil
	}
}
