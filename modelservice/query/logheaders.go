package query

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelward/modelward/modelservice"
)

// OmitPayloadsHeader asks with "true" that the row of the request has no bodies,
// which the service can permit (see [modelservice.Call].OmitPayloads); "false"
// is as if it were not there. Anything else, and saying it twice, is answered with
// 400: who misspells it should not believe to be heard.
const OmitPayloadsHeader = "X-Gateway-Omit-Payloads"

// What a row keeps of a request's path and headers, in bytes but for the number
// of headers.
const (
	maxPath        = 2 << 10
	maxLogHeaders  = 32
	maxHeaderValue = 1 << 10
	maxUserAgent   = 512
)

// secretWords are parts of the names of headers that carry credentials.
var secretWords = [...]string{"auth", "cookie", "token", "secret", "pass", "pwd", "otp", "credential", "key", "jwt", "signature", "saml", "cert",
	"bearer", "dpop", "assertion", "principal"}

// logHeaders are the names of headers that rows keep, in the form in which
// package http keeps them. Credentials are in none of them.
func logHeaders(names []string) ([]string, error) {
	var canonical []string
	for _, name := range names {
		if !isToken(name) {
			return nil, fmt.Errorf("%q is no name of a header", name)
		}
		lower := strings.ToLower(name)
		for _, word := range secretWords {
			if strings.Contains(lower, word) {
				return nil, fmt.Errorf("%q may carry a credential, for there is %q in its name; no row can have it", name, word)
			}
		}
		if name = http.CanonicalHeaderKey(name); !slices.Contains(canonical, name) {
			canonical = append(canonical, name)
		}
	}
	if len(canonical) > maxLogHeaders {
		return nil, fmt.Errorf("%d headers, at most %d can be kept", len(canonical), maxLogHeaders)
	}
	return canonical, nil
}

// kept returns the headers that the row keeps, by their names in lower case; nil
// for none. Several values of one are joined by commas.
func (s *surface) kept(h http.Header) map[string]string {
	var kept map[string]string
	for _, name := range s.logHeaders {
		if values := h[name]; len(values) > 0 {
			if kept == nil {
				kept = map[string]string{}
			}
			kept[strings.ToLower(name)] = clip(strings.Join(values, ", "), maxHeaderValue)
		}
	}
	return kept
}

// omitPayloads reads the header of that name.
func omitPayloads(h http.Header) (bool, error) {
	values := h[OmitPayloadsHeader]
	switch {
	case len(values) == 0:
		return false, nil
	case len(values) == 1 && values[0] == "true":
		return true, nil
	case len(values) == 1 && values[0] == "false":
		return false, nil
	}
	return false, &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: OmitPayloadsHeader,
		Message: "Header " + OmitPayloadsHeader + " is neither true nor false."}
}

// userAgent is what a caller says of its program, as far as a row keeps it.
func userAgent(h http.Header) string {
	if values := h["User-Agent"]; len(values) > 0 {
		return clip(values[0], maxUserAgent)
	}
	return ""
}

// ipAddress is the address of a connection's other end. What headers say about
// who is behind it anybody can write; a host that has a proxy it believes sets
// Request.RemoteAddr.
func ipAddress(remote string) string {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	if _, err := netip.ParseAddr(host); err != nil {
		return ""
	}
	return host
}

// clip returns the beginning of a text, in valid UTF-8.
func clip(s string, most int) string {
	if len(s) <= most && utf8.ValidString(s) {
		return s
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return strings.Clone(s[:most])
}
