package authn

import (
	"errors"
	"net/http"
	"slices"
)

// First returns a function that asks each of some functions in turn whose
// credentials a request has. The first that knows decides. One that answers
// [ErrNoToken], or wraps it, passes the request on; any other error is the
// answer, since it says that the credentials were meant for it and are not good.
// Functions that are nil are left out. When nobody knows, the answer is an error
// that is ErrNoToken: the first that says more than that, or else ErrNoToken
// itself.
func First(authenticate ...func(*http.Request) (principal string, err error)) func(*http.Request) (string, error) {
	authenticate = slices.Clone(authenticate)
	return func(r *http.Request) (string, error) {
		unknown := ErrNoToken
		for _, ask := range authenticate {
			if ask == nil {
				continue
			}
			name, err := ask(r)
			switch {
			case err == nil:
				return name, nil
			case !errors.Is(err, ErrNoToken):
				return "", err
			case unknown == ErrNoToken: // and no wrapping of it
				unknown = err
			}
		}
		return "", unknown
	}
}
