package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/modelward/modelward/modelservice/authn/oidc"
)

const (
	issuer   = "https://login.example.com"
	audience = "https://gateway.example.com"
)

// noon is when everything happens.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// A pair is a key of an issuer, with which it signs, by hand: what is tested has
// no part in it.
type pair struct {
	kid       string
	algorithm string
	private   crypto.Signer
}

// pairs are one for each algorithm. The RSA ones have the same key.
var pairs = sync.OnceValue(func() map[string]pair {
	all := map[string]pair{}
	private := made(rsa.GenerateKey(rand.Reader, 2048))
	for _, algorithm := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		all[algorithm] = pair{"key-" + algorithm, algorithm, private}
	}
	for algorithm, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		all[algorithm] = pair{"key-" + algorithm, algorithm, made(ecdsa.GenerateKey(curve, rand.Reader))}
	}
	all["EdDSA"] = newPair("key-EdDSA")
	return all
})

// newPair returns a pair of its own, quickly.
func newPair(kid string) pair {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return pair{kid, "EdDSA", made(private, err)}
}

func made[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// object is a JSON object.
type object map[string]any

// with returns the object with other members; nil takes one away.
func (o object) with(members object) object {
	o = maps.Clone(o)
	for name, v := range members {
		if o[name] = v; v == nil {
			delete(o, name)
		}
	}
	return o
}

func (o object) String() string { return string(made(json.Marshal(o))) }

// good are the claims of a good token.
func good() object {
	return object{"iss": issuer, "aud": audience, "sub": "u-17", "iat": noon.Unix() - 60, "exp": noon.Unix() + 600}
}

// header is what the pair writes above its claims.
func (p pair) header() object { return object{"alg": p.algorithm, "kid": p.kid, "typ": "JWT"} }

// token signs claims.
func (p pair) token(claims object) string { return p.raw(p.header().String(), claims.String()) }

// raw signs whatever it is given.
func (p pair) raw(header, payload string) string {
	signed := encode(header) + "." + encode(payload)
	return signed + "." + encode(string(p.sign([]byte(signed))))
}

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

func (p pair) sign(message []byte) []byte {
	if p.algorithm == "EdDSA" {
		return made(p.private.Sign(rand.Reader, message, crypto.Hash(0)))
	}
	hash := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[p.algorithm[2:]]
	h := hash.New()
	h.Write(message)
	sum := h.Sum(nil)
	switch p.algorithm[:2] {
	case "RS":
		return made(p.private.Sign(rand.Reader, sum, hash))
	case "PS":
		return made(p.private.Sign(rand.Reader, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: hash}))
	}
	private := p.private.(*ecdsa.PrivateKey)
	r, s, err := ecdsa.Sign(rand.Reader, private, sum)
	size := (private.Curve.Params().BitSize + 7) / 8
	signature := make([]byte, 2*size)
	made(r.FillBytes(signature[:size]), err)
	s.FillBytes(signature[size:])
	return signature
}

// public is the pair's key as its issuer gives it away.
func (p pair) public() object {
	key := object{"kid": p.kid, "use": "sig", "alg": p.algorithm}
	switch public := p.private.Public().(type) {
	case *rsa.PublicKey:
		return key.with(object{"kty": "RSA", "n": encode(string(public.N.Bytes())), "e": "AQAB"})
	case *ecdsa.PublicKey:
		point := made(public.Bytes())[1:]
		size := len(point) / 2
		return key.with(object{"kty": "EC", "crv": public.Curve.Params().Name, "x": encode(string(point[:size])), "y": encode(string(point[size:]))})
	case ed25519.PublicKey:
		return key.with(object{"kty": "OKP", "crv": "Ed25519", "x": encode(string(public))})
	}
	panic(fmt.Sprintf("no key: %T", p.private))
}

// keySet is the document of some keys.
func keySet(keys ...object) []byte { return []byte(object{"keys": keys}.String()) }

// allKeys is the document of all pairs.
func allKeys() []byte {
	var keys []object
	for _, p := range pairs() {
		keys = append(keys, p.public())
	}
	return keySet(keys...)
}

// config is of a verifier of the issuer's tokens, at noon.
func config() oidc.Config {
	return oidc.Config{Issuer: issuer, Audiences: []string{audience}, Keys: allKeys(), Now: func() time.Time { return noon }}
}

// bearing is a request with a token.
func bearing(token string) *http.Request {
	return &http.Request{Header: http.Header{"Authorization": {"Bearer " + token}}}
}

// parts are those of a token.
func parts(token string) (header, payload, signature string) {
	p := strings.Split(token, ".")
	return p[0], p[1], p[2]
}
