package authn_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/modelward/modelward/modelservice/authn"
)

func ExampleNewTokens() {
	tokens, err := authn.NewTokens(map[string]string{"a-secret": "alice@example.com"})
	if err != nil {
		fmt.Println(err)
		return
	}
	r := httptest.NewRequest(http.MethodGet, "/ai-gateway/mlflow/v1/models", nil)
	_, err = tokens.Authenticate(r)
	fmt.Println(err)

	r.Header.Set("Authorization", "Bearer a-secret")
	name, _ := tokens.Authenticate(r)
	fmt.Println(name)

	// The secret is exchanged; the old one is worth nothing from here on.
	if err := tokens.Replace(map[string]string{"another-secret": "alice@example.com"}); err != nil {
		fmt.Println(err)
		return
	}
	_, err = tokens.Authenticate(r)
	fmt.Println(err)
	// Output:
	// authn: no known token
	// alice@example.com
	// authn: no known token
}

// A host has sessions of its own for people, and tokens for what runs at night.
func ExampleFirst() {
	tokens, err := authn.NewTokens(map[string]string{"a-secret": "nightly-report"})
	if err != nil {
		fmt.Println(err)
		return
	}
	sessions := map[string]string{"s-1": "alice@example.com"}
	session := func(r *http.Request) (string, error) {
		cookie, err := r.Cookie("session")
		if err != nil {
			return "", authn.ErrNoToken // not for us; the next one may know
		}
		name, ok := sessions[cookie.Value]
		if !ok {
			return "", errors.New("session has ended") // for us, and not good
		}
		return name, nil
	}
	authenticate := authn.First(session, tokens.Authenticate)

	for _, header := range []http.Header{
		{"Cookie": {"session=s-1"}},
		{"Cookie": {"session=s-2"}, "Authorization": {"Bearer a-secret"}},
		{"Authorization": {"Bearer a-secret"}},
		{},
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/2.1/unity-catalog/catalogs", nil)
		r.Header = header
		name, err := authenticate(r)
		fmt.Printf("%q %v\n", name, err)
	}
	// Output:
	// "alice@example.com" <nil>
	// "" session has ended
	// "nightly-report" <nil>
	// "" authn: no known token
}

// Token is for an Authenticate of one's own.
func ExampleToken() {
	r := httptest.NewRequest(http.MethodPost, "/ai-gateway/anthropic/v1/messages", nil)
	r.Header.Set("X-Api-Key", "a-secret") // as Anthropic's clients send it
	fmt.Println(authn.Token(r))
	// Output: a-secret <nil>
}
