package oidc

import (
	"errors"
	"fmt"

	"github.com/modelward/modelward/modelservice/authn"
)

var (
	// ErrExpired says that a token is not good any more.
	ErrExpired = errors.New("oidc: token has expired")
	// ErrUnknownKey says that no key of the set has signed a token, as far as it
	// says: its kid is not in the set, or it has none and not exactly one key
	// fits. The token may be forged, or the set may be older than the key: a host
	// can take it as the sign to fetch the set again, but not each time, since
	// anybody can send such tokens.
	ErrUnknownKey = errors.New("oidc: no key of the set is the token's")
)

// What else is wrong with a token. The texts go to logs, so none of them has
// anything from the token in it.
var (
	errNotSigned = fmt.Errorf("oidc: no signed token: %w", authn.ErrNoToken)
	errIssuer    = fmt.Errorf("oidc: token of another issuer: %w", authn.ErrNoToken)

	errAlgorithm = errors.New("oidc: token is signed with an algorithm that is not allowed")
	errKeyUse    = errors.New("oidc: token is signed with an algorithm that is not its key's")
	errHeader    = errors.New("oidc: header of the token asks for something unknown")
	errType      = errors.New("oidc: token is for something else than access")
	errSignature = errors.New("oidc: signature of the token is wrong")
	errClaims    = errors.New("oidc: claims of the token are malformed")
	errAudience  = errors.New("oidc: token is for another audience")
	errNoExpiry  = errors.New("oidc: token never expires")
	errEarly     = errors.New("oidc: token is not good yet")
	errNobody    = errors.New("oidc: token names nobody")
	errEmail     = errors.New("oidc: email of the token is not verified")
)
