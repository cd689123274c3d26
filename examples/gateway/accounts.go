package main

import (
	"fmt"
	"strings"

	"github.com/modelward/modelward/modelservice/authn"
)

// accountTokens reads the tokens of all accounts.
func (doc *document) accountTokens(env lookupEnv) (map[string]string, error) {
	tokens := map[string]string{}
	for _, list := range []struct {
		key      string
		accounts []account
	}{{"users", doc.Users}, {"service_principals", doc.ServicePrincipals}} {
		for i, a := range list.accounts {
			token, pointer, err := a.token(fmt.Sprintf("/%s/%d", list.key, i), env)
			if err != nil {
				return nil, err
			}
			if owner, twice := tokens[token]; twice {
				return nil, faultf(pointer, "is also the token of %q", owner)
			}
			tokens[token] = a.Name
		}
	}
	return tokens, nil
}

// token returns the token of an account, and where it comes from.
func (a *account) token(at string, env lookupEnv) (token, pointer string, err error) {
	switch {
	case a.Token != nil && a.TokenEnv != nil:
		return "", "", faultf(at+"/token_env", "must not be given beside token")
	case a.Token != nil:
		token, pointer = a.Token.Reveal(), at+"/token"
	case a.TokenEnv != nil:
		pointer = at + "/token_env"
		if token, err = fromEnv(pointer, *a.TokenEnv, env); err != nil {
			return "", "", err
		}
	default:
		return "", "", faultf(at, "needs token or token_env")
	}
	if token == "" {
		return "", "", faultf(pointer, "must not be empty")
	}
	if len(token) > authn.MaxToken {
		return "", "", faultf(pointer, "longer than %d bytes", authn.MaxToken)
	}
	if !sendable(token) {
		return "", "", faultf(pointer, "a token is printable ASCII without spaces")
	}
	return token, pointer, nil
}

// fromEnv reads an environment variable that must have something in it.
func fromEnv(pointer, name string, env lookupEnv) (string, error) {
	if name == "" {
		return "", faultf(pointer, "must not be empty")
	}
	value, ok := env(name)
	if !ok {
		return "", faultf(pointer, "environment variable%s is not set", shown(name))
	}
	if value == "" {
		return "", faultf(pointer, "environment variable%s is empty", shown(name))
	}
	return value, nil
}

// shown is the name of an environment variable, if it looks like one: somebody may have written the credential itself in
// its place.
func shown(name string) string {
	odd := func(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' }
	if len(name) > 64 || strings.ContainsFunc(name, odd) {
		return ""
	}
	return " " + name
}

// sendable reports whether a credential can stand in a header.
func sendable(credential string) bool {
	return !strings.ContainsFunc(credential, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}
