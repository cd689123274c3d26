package oidc_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/authn/oidc"
)

// Tokens of an identity provider beside static ones. In a server the key set is
// the document at the issuer's jwks_uri, and authenticate goes into rest.Config and
// query.Config.
func ExampleNew() {
	key := newPair("2026-01")
	keys := keySet(key.public())

	verifier, err := oidc.New(oidc.Config{
		Issuer:    "https://login.example.com",
		Audiences: []string{"https://gateway.example.com"},
		Keys:      keys,
		Now:       func() time.Time { return noon },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	tokens, err := authn.NewTokens(map[string]string{"a-secret": "nightly-report"})
	if err != nil {
		fmt.Println(err)
		return
	}
	authenticate := authn.First(tokens.Authenticate, verifier.Authenticate)

	fmt.Println(authenticate(bearing("a-secret")))
	fmt.Println(authenticate(bearing(key.token(good()))))
	_, err = authenticate(bearing(key.token(good().with(object{"exp": noon.Unix() - 3600}))))
	fmt.Println(err)
	// Output:
	// nightly-report <nil>
	// u-17 <nil>
	// oidc: token has expired
}

// People and programs of one issuer: people are called by their address, programs
// by their client id. How the two are told apart is the issuer's business; here
// programs have a scope.
func ExampleConfig_principal() {
	key := newPair("2026-01")
	verifier, err := oidc.New(oidc.Config{
		Issuer:    "https://login.example.com",
		Audiences: []string{"https://gateway.example.com"},
		Keys:      keySet(key.public()),
		Principal: func(c oidc.Claims) (string, error) {
			if c.Text("scope") == "machine" {
				return "sp/" + c.Text("client_id"), nil
			}
			if c["email_verified"] != true {
				return "", errors.New("address is not verified")
			}
			return strings.ToLower(c.Text("email")), nil
		},
		Now: func() time.Time { return noon },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(verifier.Authenticate(bearing(key.token(good().with(object{"email": "Alice@example.com", "email_verified": true, "client_id": "cli"})))))
	fmt.Println(verifier.Authenticate(bearing(key.token(good().with(object{"scope": "machine", "client_id": "report"})))))
	// Output:
	// alice@example.com <nil>
	// sp/report <nil>
}

// An issuer changes its key. ErrUnknownKey is the sign to fetch the set again.
func ExampleVerifier_Replace() {
	old, new := newPair("2026-01"), newPair("2026-02")
	verifier, err := oidc.New(oidc.Config{
		Issuer:    "https://login.example.com",
		Audiences: []string{"https://gateway.example.com"},
		Keys:      keySet(old.public()),
		Now:       func() time.Time { return noon },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	request := bearing(new.token(good()))
	if _, err := verifier.Authenticate(request); errors.Is(err, oidc.ErrUnknownKey) {
		fmt.Println(err)
		if err := verifier.Replace(keySet(old.public(), new.public())); err != nil {
			fmt.Println(err) // the old keys stay
			return
		}
	}
	fmt.Println(verifier.Authenticate(request))
	// Output:
	// oidc: no key of the set is the token's
	// u-17 <nil>
}
