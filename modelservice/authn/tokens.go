package authn

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
)

// Tokens knows callers by bearer tokens. It keeps hashes, not tokens. It may be
// used from any number of goroutines.
type Tokens struct {
	table atomic.Pointer[map[digest]string]
}

// digest is the SHA-256 hash of a token. Looking up hashes takes a time that
// says nothing about tokens: a map compares what it finds byte by byte, but who
// tries tokens cannot choose how their hashes begin, so that knowing how far two
// hashes agree brings no token nearer.
type digest [sha256.Size]byte

// NewTokens returns the tokens of a table from token to the name of a user or
// service principal. Several tokens may stand for the same one. Refused are
// empty names, and tokens that no request could carry: those that are empty,
// longer than [MaxToken], or not printable ASCII without spaces. The error names
// the principal and never shows the token.
func NewTokens(principals map[string]string) (*Tokens, error) {
	t := new(Tokens)
	if err := t.Replace(principals); err != nil {
		return nil, err
	}
	return t, nil
}

// Replace puts another table in place: all of it or, with an error, nothing. A
// request that comes after Replace has returned is looked up in the new one.
func (t *Tokens) Replace(principals map[string]string) error {
	table := make(map[digest]string, len(principals))
	for token, name := range principals {
		switch {
		case name == "":
			return errors.New("authn: a token stands for nobody")
		case token == "":
			return fmt.Errorf("authn: a token of %q is empty", name)
		case len(token) > MaxToken:
			return fmt.Errorf("authn: a token of %q is longer than %d bytes", name, MaxToken)
		case !printable(token):
			return fmt.Errorf("authn: a token of %q is not printable ASCII without spaces", name)
		}
		table[sha256.Sum256([]byte(token))] = name
	}
	t.table.Store(&table)
	return nil
}

// Authenticate returns the name that the request's token stands for, or
// [ErrNoToken]. See [Token] for where the token is.
func (t *Tokens) Authenticate(r *http.Request) (string, error) {
	token, err := Token(r)
	if err != nil {
		return "", err
	}
	name, ok := (*t.table.Load())[sha256.Sum256([]byte(token))]
	if !ok {
		return "", ErrNoToken
	}
	return name, nil
}
