package oidc

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json" // tells names by case, and refuses one given twice
	"github.com/modelward/modelward/modelservice/authn"
)

// header is of a token's header what decides how it is verified. Keys, and where
// to get them, are not in it: those that a token brings along (jwk, jku, x5c,
// x5u) are never used.
type header struct {
	Algorithm jose.SignatureAlgorithm `json:"alg"`
	KeyID     *string                 `json:"kid"`
	Type      string                  `json:"typ"`

	Critical json.RawMessage `json:"crit"`
	Base64   json.RawMessage `json:"b64"`
}

// algorithms are those of public keys. There is no "none" among them, and none
// with a shared secret, for which whoever knows the public key could sign.
var algorithms = [...]jose.SignatureAlgorithm{
	jose.RS256, jose.RS384, jose.RS512,
	jose.PS256, jose.PS384, jose.PS512,
	jose.ES256, jose.ES384, jose.ES512,
	jose.EdDSA,
}

// check refuses what would be verified otherwise than a plain token for access.
func (h *header) check() error {
	switch {
	case !slices.Contains(algorithms[:], h.Algorithm):
		return errAlgorithm
	case h.Critical != nil || h.Base64 != nil:
		return errHeader
	}
	// An issuer signs more than access with the same key: log-outs, events,
	// proofs. They say so (RFC 8725 §3.11).
	switch strings.TrimPrefix(strings.ToLower(h.Type), "application/") {
	case "", "jwt", "at+jwt":
		return nil
	}
	return errType
}

// maxHeader is how long the header of a token may be, in bytes: it says which key
// and which algorithm.
const maxHeader = 4 << 10

// peek reads a token's header and who it says has issued it, none of which has
// been verified. The error is that nothing here is a signed token.
//
// A token has one spelling: what decoders overlook, such as line ends and bits
// behind the last byte, is refused.
func peek(token string) (h header, issuer string, err error) {
	if len(token) > authn.MaxToken || strings.Count(token, ".") != 2 || strings.ContainsAny(token, "\r\n") {
		return h, "", errNotSigned
	}
	var decoded [3][]byte
	for i, part := range strings.Split(token, ".") {
		if decoded[i], err = base64.RawURLEncoding.Strict().DecodeString(part); err != nil {
			return h, "", errNotSigned
		}
	}
	if len(decoded[0]) > maxHeader {
		return h, "", errNotSigned
	}
	var claims struct {
		Issuer string `json:"iss"`
	}
	if readObject(decoded[0], &h) != nil || readObject(decoded[1], &claims) != nil {
		return h, "", errNotSigned
	}
	return h, claims.Issuer, nil
}

// readObject reads a JSON object in UTF-8 and nothing else.
func readObject(doc []byte, into any) error {
	if len(doc) == 0 || doc[0] != '{' || !utf8.Valid(doc) {
		return errClaims
	}
	return json.Unmarshal(doc, into)
}
