package oidc

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/json"
)

const (
	maxKeySet  = 1 << 20
	minRSABits = 2048
)

// A keySet is an issuer's keys.
type keySet struct {
	all   []*key
	named map[string]*key // those that have a name
}

// A key is public, and verifies the signatures of some algorithms.
type key struct {
	public     any
	algorithms []jose.SignatureAlgorithm
}

// find returns the key of a token. A token that names none is only good if there
// is no choice: OpenID Connect asks issuers with several keys for names, and
// trying keys until one fits would multiply what a stranger's token costs.
func (s *keySet) find(h header) (*key, error) {
	if h.KeyID != nil {
		k, ok := s.named[*h.KeyID]
		switch {
		case !ok:
			return nil, ErrUnknownKey
		case !slices.Contains(k.algorithms, h.Algorithm):
			return nil, errKeyUse
		}
		return k, nil
	}
	var found *key
	for _, k := range s.all {
		if slices.Contains(k.algorithms, h.Algorithm) {
			if found != nil {
				return nil, ErrUnknownKey
			}
			found = k
		}
	}
	if found == nil {
		return nil, ErrUnknownKey
	}
	return found, nil
}

func readKeys(doc []byte) (*keySet, error) {
	if len(doc) > maxKeySet {
		return nil, fmt.Errorf("oidc: key set of more than %d bytes", maxKeySet)
	}
	var read struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := readObject(doc, &read); err != nil {
		return nil, errors.New("oidc: key set is not a JSON object with keys")
	}
	set := &keySet{named: map[string]*key{}}
	for i, doc := range read.Keys {
		k, name, err := readKey(doc)
		if err != nil {
			return nil, fmt.Errorf("oidc: keys[%d]: %w", i, err)
		}
		if k == nil {
			continue
		}
		if name != nil {
			if _, twice := set.named[*name]; twice {
				return nil, fmt.Errorf("oidc: keys[%d]: kid is another key's too", i)
			}
			set.named[*name] = k
		}
		set.all = append(set.all, k)
	}
	if len(set.all) == 0 {
		return nil, errors.New("oidc: key set has no key that signatures can be verified with")
	}
	return set, nil
}

// member is of one key of a set what decides whether it is one for us.
type member struct {
	Type       string                  `json:"kty"`
	Curve      string                  `json:"crv"`
	Use        string                  `json:"use"`
	Operations []string                `json:"key_ops"`
	Algorithm  jose.SignatureAlgorithm `json:"alg"`
	KeyID      *string                 `json:"kid"`
}

// secrets are the members of private and symmetric keys.
var secrets = [...]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// readKey reads one key. It returns nil for one that is not for signatures, or
// of a kind unknown here (RFC 7517 §5).
func readKey(doc []byte) (*key, *string, error) {
	var (
		members map[string]json.RawMessage
		m       member
		public  jose.JSONWebKey
	)
	if readObject(doc, &members) != nil || json.Unmarshal(doc, &m) != nil {
		return nil, nil, errors.New("malformed")
	}
	for _, name := range secrets {
		if _, there := members[name]; there {
			return nil, nil, errors.New("private or symmetric, and must be in no key set that is given away")
		}
	}
	k := &key{algorithms: m.algorithms()}
	if len(k.algorithms) == 0 {
		return nil, nil, nil
	}
	if err := json.Unmarshal(doc, &public); err != nil {
		return nil, nil, err
	}
	if rsa, ok := public.Key.(*rsa.PublicKey); ok && rsa.N.BitLen() < minRSABits {
		return nil, nil, fmt.Errorf("RSA of %d bits, fewer than %d", rsa.N.BitLen(), minRSABits)
	}
	k.public = public.Key
	return k, m.KeyID, nil
}

// algorithms returns what the key may verify: what its kind can, and of that
// what it says itself.
func (m *member) algorithms() []jose.SignatureAlgorithm {
	var can []jose.SignatureAlgorithm
	switch m.Type + " " + m.Curve {
	case "RSA ":
		can = []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512}
	case "EC P-256":
		can = []jose.SignatureAlgorithm{jose.ES256}
	case "EC P-384":
		can = []jose.SignatureAlgorithm{jose.ES384}
	case "EC P-521":
		can = []jose.SignatureAlgorithm{jose.ES512}
	case "OKP Ed25519":
		can = []jose.SignatureAlgorithm{jose.EdDSA}
	}
	switch {
	case m.Use != "" && m.Use != "sig", m.Operations != nil && !slices.Contains(m.Operations, "verify"):
		return nil
	case m.Algorithm == "":
		return can
	case slices.Contains(can, m.Algorithm):
		return []jose.SignatureAlgorithm{m.Algorithm}
	}
	return nil
}
