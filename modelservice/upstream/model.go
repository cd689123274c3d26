package upstream

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// Model says where one model is reached, and as whom.
type Model struct {
	// BaseURL is the part of the provider's address before /chat/completions
	// or /messages, such as "https://api.example.com/v1". Required. http or
	// https; no user information, query or fragment.
	BaseURL string
	// UpstreamModel is the provider's name of the model. Default: the last
	// part of the full name.
	UpstreamModel string
	// APIKey is sent as a bearer token or, to Anthropic, as x-api-key. It is
	// printable ASCII without spaces. Default: none is sent.
	APIKey inferencelog.Secret
	// API is the family of APIs that the provider speaks. Default: OpenAI.
	API API
}

// An InvalidError says which field of which model is wrong. It shows no value
// of the field, because that may hold a credential.
type InvalidError struct {
	Model  string // as in Config.Models
	Field  string // "name", "base_url", "upstream_model", "api_key" or "api"
	Reason string
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("upstream: model %q: %s %s", e.Model, e.Field, e.Reason)
}

// models is a table that was checked.
type models map[catalog.FullName]*model

// model is a Model made ready to be sent to.
type model struct {
	name     string
	api      API
	upstream string
	urls     map[modelservice.API]*url.URL // of the APIs that it speaks
	whole    http.Header                   // headers of a request for a whole answer; read only
	stream   http.Header                   // headers of a request for a stream; read only
	scrub    *scrubber
}

// check reads a table, all of it or nothing.
func check(given map[string]Model) (models, error) {
	table := make(models, len(given))
	for key, g := range given {
		name, err := catalog.ParseFullName(key)
		if err != nil || name.Parts() != 3 {
			return nil, &InvalidError{key, "name", "is not a full name of three parts"}
		}
		if table[name] != nil {
			return nil, &InvalidError{key, "name", "is given twice, in two spellings"}
		}
		m := &model{name: name.String(), api: cmp.Or(g.API, OpenAI), upstream: g.UpstreamModel}
		if m.api.speaks() == nil {
			return nil, &InvalidError{key, "api", "is neither openai nor anthropic"}
		}
		if m.upstream == "" {
			m.upstream = name.Leaf()
		}
		if !utf8.ValidString(m.upstream) {
			return nil, &InvalidError{key, "upstream_model", "is not UTF-8"}
		}
		base, wrong := parseBase(g.BaseURL)
		if wrong != "" {
			return nil, &InvalidError{key, "base_url", wrong}
		}
		m.urls = m.api.urls(base)
		secret := g.APIKey.Reveal()
		if strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, &InvalidError{key, "api_key", "is not printable ASCII without spaces"}
		}
		m.whole = m.api.header("application/json", secret)
		m.stream = m.api.header("text/event-stream", secret)
		m.scrub = newScrubber(secret)
		table[name] = m
	}
	return table, nil
}

// parseBase reads a base URL, or says what is wrong with it.
func parseBase(text string) (base *url.URL, wrong string) {
	base, err := url.Parse(text)
	if err != nil {
		return nil, "is no URL"
	}
	end := strings.TrimRight(base.Path, "/")
	switch {
	case base.Scheme != "http" && base.Scheme != "https":
		return nil, "does not begin with http:// or https://"
	case base.Opaque != "" || base.Hostname() == "":
		return nil, "names no host"
	case base.User != nil:
		return nil, "has user information; a credential is configured on its own"
	case base.RawQuery != "" || base.ForceQuery:
		return nil, "has a query"
	case strings.Contains(text, "#"):
		return nil, "has a fragment"
	case endsInAPI(end):
		return nil, "must end before /chat/completions, /embeddings, /responses or /messages"
	}
	if base.Path == "" {
		base.Path = "/" // JoinPath makes no path of a URL without one absolute
	}
	return base, ""
}

// endsInAPI reports whether a path names an API, and so is no base.
func endsInAPI(path string) bool {
	for _, family := range []API{OpenAI, Anthropic} {
		for _, api := range family.speaks() {
			if strings.HasSuffix(path, "/"+string(api)) {
				return true
			}
		}
	}
	return false
}

// request returns what s sends to url for r. It shares m's headers, which
// nobody changes.
func (m *model) request(ctx context.Context, url *url.URL, r *modelservice.Request, s *sending) *http.Request {
	h := m.whole
	if r.Stream {
		h = m.stream
	}
	length, open := m.body(r, s)
	body, _ := open() // does not fail before anything was sent
	request := &http.Request{
		Method: http.MethodPost, URL: url, Host: url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h,
		Body: body, ContentLength: length,
		// For an attempt of which nothing was written yet, or which an HTTP/2
		// server turned away before it had all of it.
		GetBody: open,
	}
	return request.WithContext(s.trace(ctx))
}
