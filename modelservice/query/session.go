package query

import (
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
)

// maxSession is how much of the name of a session counts, in bytes. What has
// the same beginning is then one session, which costs nothing but an even
// split; a request is not refused for it.
const maxSession = 1 << 10

// sessionHeaders are the names of headers in the form in which package http
// keeps them; nil stands for those of spec §4.2.
func sessionHeaders(names []string) ([]string, error) {
	if names == nil {
		names = []string{"x-session-id", "session_id", "x-claude-code-session-id"}
	}
	canonical := make([]string, len(names))
	for i, name := range names {
		if !isToken(name) {
			return nil, fmt.Errorf("%q is no name of a header", name)
		}
		canonical[i] = http.CanonicalHeaderKey(name)
	}
	return canonical, nil
}

// isToken reports whether a header can have that name (RFC 9110, 5.6.2).
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r > '~' || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// session is the session that a request belongs to: the first of the headers
// that says something.
func (s *surface) session(h http.Header) string {
	for _, name := range s.sessions {
		for _, value := range h[name] {
			if value != "" {
				return value[:min(len(value), maxSession)]
			}
		}
	}
	return ""
}

// canonical returns a header with its names as package http keeps them, which
// a program's own need not be; mostly h itself.
func canonical(h http.Header) http.Header {
	odd := false
	for name := range h {
		odd = odd || textproto.CanonicalMIMEHeaderKey(name) != name
	}
	if !odd {
		return h
	}
	c := make(http.Header, len(h))
	for name, values := range h {
		name = textproto.CanonicalMIMEHeaderKey(name)
		c[name] = append(c[name], values...)
	}
	return c
}
