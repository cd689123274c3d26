package authn

import (
	"errors"
	"net/http"
)

// First returns a function that asks each of some functions in turn whose
// credentials a request has. The first that knows decides. One that answers
// [ErrNoToken] passes the request on; any other error is the answer, since it
// says that the credentials were meant for it and are not good. When nobody
// knows, the answer is ErrNoToken.
func First(authenticate ...func(*http.Request) (string, error)) func(*http.Request) (string, error) {
	return func(r *http.Request) (string, error) {
		for _, ask := range authenticate {
			name, err := ask(r)
			if err == nil || !errors.Is(err, ErrNoToken) {
				return name, err
			}
		}
		return "", ErrNoToken
	}
}
