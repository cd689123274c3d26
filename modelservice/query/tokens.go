package query

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
)

// Tokens knows callers by bearer tokens. It keeps hashes, not tokens. It may be
// used from any number of goroutines.
type Tokens struct {
	table atomic.Pointer[map[digest]string]
}

// digest is the SHA-256 hash of a token. Looking up hashes takes a time that
// says nothing about tokens: who tries them cannot choose how their hashes
// begin.
type digest [sha256.Size]byte

// ErrNoToken says that a request carries no credential that could be known.
var ErrNoToken = errors.New("query: no known token")

// NewTokens returns the tokens of a table from token to the name of a user or
// service principal. Several tokens may stand for the same one. Refused are
// empty tokens and names, and tokens that are not printable ASCII without
// spaces, which no header could carry.
func NewTokens(principals map[string]string) (*Tokens, error) {
	t := new(Tokens)
	if err := t.Replace(principals); err != nil {
		return nil, err
	}
	return t, nil
}

// Replace puts another table in place: all of it or, with an error, nothing.
func (t *Tokens) Replace(principals map[string]string) error {
	table := make(map[digest]string, len(principals))
	for token, name := range principals {
		switch {
		case name == "":
			return errors.New("query: a token stands for nobody")
		case token == "":
			return fmt.Errorf("query: a token of %q is empty", name)
		case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }):
			return fmt.Errorf("query: a token of %q is not printable ASCII without spaces", name)
		}
		table[sha256.Sum256([]byte(token))] = name
	}
	t.table.Store(&table)
	return nil
}

// Authenticate returns the name that the request's token stands for, or
// [ErrNoToken]. The token comes as "Authorization: Bearer TOKEN"; on the paths
// of the Anthropic API alternatively as "X-Api-Key: TOKEN", or, as Anthropic's
// clients send what they find in their environment, as both. A request with two
// different credentials is refused: one of them is somebody else's, or meant for
// somebody else, and which one is not for us to guess.
func (t *Tokens) Authenticate(r *http.Request) (string, error) {
	token, ok := requestToken(r)
	if !ok {
		return "", ErrNoToken
	}
	name, ok := (*t.table.Load())[sha256.Sum256([]byte(token))]
	if !ok {
		return "", ErrNoToken
	}
	return name, nil
}

func requestToken(r *http.Request) (token string, ok bool) {
	bearer, key := r.Header["Authorization"], []string(nil)
	if ofAnthropic(r.URL.Path) {
		key = r.Header["X-Api-Key"]
	}
	if len(key) == 1 && key[0] == "" {
		key = nil // an SDK whose key is set to nothing
	}
	if len(bearer) > 1 || len(key) > 1 {
		return "", false
	}
	if len(bearer) == 1 {
		scheme, rest, ok := strings.Cut(bearer[0], " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", false
		}
		token = strings.TrimLeft(rest, " ")
	}
	switch {
	case len(key) == 0 || len(bearer) == 1 && key[0] == token:
		return token, token != ""
	case len(bearer) == 1:
		return "", false
	}
	return key[0], true
}
