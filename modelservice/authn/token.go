package authn

import (
	"errors"
	"net/http"
	"strings"
)

// ErrNoToken says that a request carries no credential that is known here. An
// error that wraps it says more, for a log.
var ErrNoToken = errors.New("authn: no known token")

// MaxToken is the greatest length of a token in bytes. A longer one is nobody's,
// whatever it says, so that what a stranger sends costs little.
const MaxToken = 16 << 10

// anthropicPaths begin so. Anthropic's clients have a header of their own.
const anthropicPaths = "/ai-gateway/anthropic/"

// Token returns the token of a request, or [ErrNoToken]. It comes as
// "Authorization: Bearer TOKEN"; on the paths of the Anthropic API alternatively
// as "X-Api-Key: TOKEN", or, as Anthropic's clients send what they find in their
// environment, as both. A request with two different credentials is refused: one
// of them is somebody else's, or meant for somebody else, and which one is not
// for us to guess.
//
// A token is printable ASCII without spaces, of [MaxToken] bytes at most.
func Token(r *http.Request) (string, error) {
	bearer, key := r.Header["Authorization"], []string(nil)
	if r.URL != nil && strings.HasPrefix(r.URL.Path, anthropicPaths) {
		key = r.Header["X-Api-Key"]
	}
	if len(key) == 1 && key[0] == "" {
		key = nil // an SDK whose key is set to nothing
	}
	if len(bearer) > 1 || len(key) > 1 {
		return "", ErrNoToken
	}
	var token string
	if len(bearer) == 1 {
		scheme, rest, ok := strings.Cut(bearer[0], " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", ErrNoToken
		}
		token = strings.TrimLeft(rest, " ")
	}
	switch {
	case len(key) == 1 && len(bearer) == 0:
		token = key[0]
	case len(key) == 1 && key[0] != token:
		return "", ErrNoToken
	}
	if token == "" || len(token) > MaxToken || !printable(token) {
		return "", ErrNoToken
	}
	return token, nil
}

// printable says whether text is ASCII that can be seen.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}
