package oidc

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/modelward/modelward/modelservice/authn"
)

// Config says whose tokens are good, and what they say about the caller.
type Config struct {
	// Issuer is the claim iss of good tokens, to the letter: with or without a
	// slash at the end makes a difference. Required.
	Issuer string
	// Audiences are names of this server, such as an identifier or a URL that is
	// registered with the issuer. The claim aud of a good token has at least one
	// of them, to the letter. Required: a token that was made for another server
	// would be good here as well.
	Audiences []string
	// Keys is the issuer's key set, a JSON document (RFC 7517); see
	// [Verifier.Replace]. Required.
	Keys []byte

	// PrincipalClaim is the claim that names the user or service principal.
	// Default "": sub, the one claim that an issuer never gives to somebody
	// else later. If it is email, the token must say email_verified too.
	PrincipalClaim string
	// Principal returns the name that the claims of a good token stand for, and
	// PrincipalClaim is not looked at. An error is treated as those of
	// [Verifier.Authenticate] are, so it should quote no claim; one that wraps
	// [authn.ErrNoToken] lets somebody else decide. It must not change the
	// claims, and must be safe for concurrent use. Default: PrincipalClaim.
	Principal func(Claims) (string, error)

	// Leeway is by how much the clocks of issuer and server may differ: a token
	// is good for that much longer, and earlier. Default 0: a minute. Negative:
	// none.
	Leeway time.Duration
	// Remember is how many of the tokens that were found good are remembered,
	// until they expire or the keys are replaced, so that the many calls of one
	// caller cost one verification. Each takes about 200 bytes, with Principal
	// those of its claims in addition. Default 0: 1,024. Negative: none. More
	// than 1,048,576 are that many.
	Remember int
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

const (
	defaultLeeway   = time.Minute
	defaultRemember = 1024
)

// A Verifier knows callers by the signed tokens of one issuer. It may be used
// from any number of goroutines, and has nothing to close.
type Verifier struct {
	issuer    string
	audiences []string
	principal func(Claims) (string, error)
	mapped    bool // principal is the host's
	leeway    time.Duration
	remember  int
	now       func() time.Time

	known atomic.Pointer[known]
}

// known is the keys, and what they were found good for. They come and go
// together, so nothing that an old key has signed outlives it.
type known struct {
	keys   *keySet
	memory memory
}

// New returns a verifier. An error says which field of the configuration is
// missing, or what is wrong with the keys.
func New(cfg Config) (*Verifier, error) {
	switch {
	case cfg.Issuer == "":
		return nil, errors.New("oidc: Config.Issuer is required")
	case len(cfg.Audiences) == 0 || slices.Contains(cfg.Audiences, ""):
		return nil, errors.New("oidc: Config.Audiences is required, and none may be empty")
	case len(cfg.Keys) == 0:
		return nil, errors.New("oidc: Config.Keys is required")
	}
	v := &Verifier{
		issuer: cfg.Issuer, audiences: slices.Clone(cfg.Audiences),
		principal: cfg.Principal, mapped: cfg.Principal != nil,
		leeway: cfg.Leeway, remember: cfg.Remember, now: cfg.Now,
	}
	if !v.mapped {
		v.principal = byClaim(cfg.PrincipalClaim)
	}
	if v.leeway == 0 {
		v.leeway = defaultLeeway
	}
	v.leeway = max(v.leeway, 0)
	if v.remember == 0 {
		v.remember = defaultRemember
	}
	if v.now == nil {
		v.now = time.Now
	}
	if err := v.Replace(cfg.Keys); err != nil {
		return nil, err
	}
	return v, nil
}

// Replace puts another key set in place: all of it or, with an error, nothing.
// A request that comes after Replace has returned is verified with the new keys.
// While an issuer changes its keys, its set has the old and the new one.
//
// The document is a JWK set (RFC 7517) of public keys, 1 MiB at most: RSA of
// 2,048 to 4,096 bits, EC on P-256, P-384 and P-521, and Ed25519. Keys for
// something else than signatures and of kinds unknown here are left out. Refused
// are sets with a private or symmetric key, a weaker or damaged one, two of one
// kid, and sets in which nothing is left.
func (v *Verifier) Replace(keys []byte) error {
	set, err := readKeys(keys)
	if err != nil {
		return err
	}
	v.known.Store(&known{keys: set, memory: newMemory(v.remember)})
	return nil
}

// Authenticate returns the name of whom the request's token is for. See
// [authn.Token] for where the token is.
//
// The error is or wraps [authn.ErrNoToken] when the request has no token, one
// that is no signed token at all, or one of another issuer, since somebody else
// may know it; see [authn.First]. Any other error says why a token of this issuer
// is not good. No error shows anything of the token.
func (v *Verifier) Authenticate(r *http.Request) (string, error) {
	token, err := authn.Token(r)
	if err != nil {
		return "", err
	}
	if strings.Count(token, ".") != 2 {
		return "", errNotSigned
	}
	known, now := v.known.Load(), v.now()
	var id digest
	if known.memory != nil {
		id = sha256.Sum256([]byte(token))
		if m := known.memory.find(id); m != nil && m.span.holds(now) {
			return v.name(m)
		}
	}
	claims, span, err := v.check(known.keys, token, now)
	if err != nil {
		return "", err
	}
	m := &remembered{id: id, span: span, claims: claims}
	name, err := v.name(m)
	if err == nil && known.memory != nil {
		if !v.mapped {
			m.name, m.claims = name, nil // the claims always give this name
		}
		known.memory.add(m)
	}
	return name, err
}

// name returns the name that a good token stands for. The host's own function
// is asked each time: what it knows may change.
func (v *Verifier) name(m *remembered) (string, error) {
	if m.name != "" {
		return m.name, nil
	}
	name, err := v.principal(m.claims)
	switch {
	case err != nil:
		return "", err
	case name == "":
		return "", errNobody
	}
	return name, nil
}

// Check returns the claims of a token, if the token is good now. The errors are
// those of [Verifier.Authenticate]. It remembers nothing, and does not look at
// whom the token is for.
func (v *Verifier) Check(token string) (Claims, error) {
	claims, _, err := v.check(v.known.Load().keys, token, v.now())
	return claims, err
}

// check also returns when the token is good, if it is good now.
func (v *Verifier) check(keys *keySet, token string, now time.Time) (Claims, span, error) {
	h, issuer, err := peek(token)
	switch {
	case err != nil:
		return nil, span{}, err
	case issuer != v.issuer:
		return nil, span{}, errIssuer
	}
	// The token is meant for us. From here on nobody else is asked.
	if err := h.check(); err != nil {
		return nil, span{}, err
	}
	key, err := keys.find(h)
	if err != nil {
		return nil, span{}, err
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{h.Algorithm})
	if err != nil {
		return nil, span{}, errHeader
	}
	payload, err := signed.Verify(key.public)
	if err != nil {
		return nil, span{}, errSignature
	}
	// What counts is what was signed, and not what was peeked at.
	claims, err := readClaims(payload)
	if err != nil {
		return nil, span{}, err
	}
	good, err := claims.check(v.issuer, v.audiences, v.leeway)
	if err != nil {
		return nil, span{}, err
	}
	if err := good.check(now); err != nil {
		return nil, span{}, err
	}
	return claims, good, nil
}
