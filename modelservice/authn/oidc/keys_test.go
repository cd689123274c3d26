package oidc_test

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/modelward/modelward/modelservice/authn/oidc"
)

func TestKeySetsRefused(t *testing.T) {
	p, rs := newPair("a"), pairs()["RS256"]
	weak := pair{"weak", "RS256", made(rsa.GenerateKey(rand.Reader, 1024))}.public()
	large := rs.public().with(object{"n": encode(string(new(big.Int).Lsh(big.NewInt(1), 4096).Bytes()))})
	v := made(oidc.New(config()))
	for _, test := range []struct {
		says string
		keys []byte
		want string
	}{
		{"nothing", nil, "not a JSON object"},
		{"no JSON", []byte("keys"), "not a JSON object"},
		{"a list", []byte("[]"), "not a JSON object"},
		{"null", []byte("null"), "not a JSON object"},
		{"no object of keys", []byte(`{"keys":{}}`), "not a JSON object"},
		{"one key, and no set", []byte(p.public().String()), "no key"},
		{"two sets", append(keySet(p.public()), keySet(p.public())...), "not a JSON object"},
		{"keys twice", []byte(`{"keys":[],"keys":[` + p.public().String() + `]}`), "not a JSON object"},
		{"not UTF-8", bytes.Replace(keySet(p.public()), []byte(`"a"`), []byte("\"\xff\""), 1), "not a JSON object"},
		{"too long", append(keySet(p.public()), bytes.Repeat([]byte(" "), 1<<20)...), "more than"},
		{"empty", keySet(), "no key"},
		{"a text", []byte(`{"keys":["a"]}`), "keys[0]: malformed"},
		{"kid of another kind", keySet(p.public().with(object{"kid": 1})), "keys[0]: malformed"},
		{"a member twice", []byte(`{"keys":[{"kty":"OKP",` + p.public().String()[1:] + `]}`), "keys[0]: malformed"},
		{"private", keySet(rs.public(), p.public().with(object{"d": encode("secret")})), "keys[1]: private"},
		{"private, for something else", keySet(rs.public(), p.public().with(object{"use": "enc", "d": encode("secret")})), "keys[1]: private"},
		{"private in part", keySet(rs.public().with(object{"p": encode("secret")})), "keys[0]: private"},
		{"symmetric", keySet(rs.public(), object{"kty": "oct", "k": encode("secret")}), "keys[1]: private"},
		{"two of one name", keySet(p.public(), newPair("a").public()), "keys[1]: kid"},
		{"weak", keySet(weak), "keys[0]: RSA of 1024 bits"},
		{"too large", keySet(large), "keys[0]: "},
		{"no modulus", keySet(rs.public().with(object{"n": nil})), "keys[0]: "},
		{"exponent of 1", keySet(rs.public().with(object{"e": "AQ"})), "keys[0]: "},
		{"beside the curve", keySet(pairs()["ES256"].public().with(object{"y": encode(strings.Repeat("\x01", 32))})), "keys[0]: "},
		{"short", keySet(p.public().with(object{"x": encode("short")})), "keys[0]: "},
		{"only for secrets", keySet(rs.public().with(object{"use": "enc", "alg": "RSA-OAEP"})), "no key"},
		{"only for secrets, of any algorithm", keySet(p.public().with(object{"use": "enc", "alg": nil})), "no key"},
		{"only to sign", keySet(p.public().with(object{"key_ops": []any{"sign"}})), "no key"},
		{"only of a kind unknown", keySet(object{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"}), "no key"},
		{"only for another algorithm", keySet(p.public().with(object{"alg": "ES256"})), "no key"},
	} {
		err := v.Replace(test.keys)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "oidc: ") || strings.Contains(err.Error(), encode("secret")) {
			t.Errorf("%s: %v", test.says, err)
		}
		if _, err := v.Check(rs.token(good())); err != nil {
			t.Errorf("%s: the old keys are gone: %v", test.says, err)
		}
	}
}

// Keys that are not for us stand beside those that are.
func TestKeysLeftOut(t *testing.T) {
	p, rs := newPair("a"), pairs()["RS256"]
	cfg := config()
	cfg.Keys = keySet(
		object{"kty": "AKP", "alg": "ML-DSA-44", "pub": "AA"},
		object{"kty": "EC", "crv": "secp256k1", "kid": "a", "x": "AA", "y": "AA"},
		object{"kty": "OKP", "crv": "X25519", "x": "AA"},
		rs.public().with(object{"kid": "a", "use": "enc", "alg": "RSA-OAEP"}),
		rs.public().with(object{"kid": "b", "key_ops": []any{"encrypt"}, "use": nil}),
		p.public(),
	)
	v := made(oidc.New(cfg))
	if _, err := v.Check(p.token(good())); err != nil {
		t.Error(err)
	}
	for _, kid := range []string{"a", "b"} {
		if _, err := v.Check(pair{kid, "RS256", rs.private}.token(good())); err == nil {
			t.Errorf("key %s verifies", kid)
		}
	}
}

// A key does what it says that it is for, or else what its kind can. A token
// without kid needs exactly one key that fits.
func TestKeysFit(t *testing.T) {
	rs := pairs()["RS256"]
	another := pair{"another", "RS256", made(rsa.GenerateKey(rand.Reader, 2048))}
	free := object{"alg": nil, "use": nil}
	for _, test := range []struct {
		says  string
		keys  []object
		token string
		want  bool
	}{
		{"a key that does not say", []object{rs.public().with(free)}, pair{rs.kid, "PS512", rs.private}.token(good()), true},
		{"a key that does not say, of another kind", []object{rs.public().with(free)}, pair{rs.kid, "EdDSA", newPair("").private}.token(good()), false},
		{"one of its operations", []object{rs.public().with(free).with(object{"key_ops": []any{"sign", "verify"}})}, rs.token(good()), true},
		{"a nameless key", []object{rs.public().with(object{"kid": nil})}, rs.raw(`{"alg":"RS256"}`, good().String()), true},
		{"a nameless key, and a token with a name", []object{rs.public().with(object{"kid": nil})}, rs.token(good()), false},
		{"a nameless token", []object{rs.public()}, rs.raw(`{"alg":"RS256"}`, good().String()), true},
		{"a nameless token, its kid null", []object{rs.public()}, rs.raw(`{"alg":"RS256","kid":null}`, good().String()), true},
		{"a nameless token among two keys", []object{rs.public(), another.public()}, rs.raw(`{"alg":"RS256"}`, good().String()), false},
		{"a nameless token of the second key", []object{rs.public(), another.public()}, another.raw(`{"alg":"RS256"}`, good().String()), false},
		{"a nameless token among two keys that differ", []object{rs.public(), another.public().with(object{"alg": "PS256"})}, rs.raw(`{"alg":"RS256"}`, good().String()), true},
		{"an empty name", []object{rs.public().with(object{"kid": ""})}, rs.raw(`{"alg":"RS256","kid":""}`, good().String()), true},
		{"two keys, each for its own", []object{rs.public(), another.public()}, another.token(good()), true},
		{"two keys, the other's name", []object{rs.public(), another.public()}, pair{rs.kid, "RS256", another.private}.token(good()), false},
	} {
		cfg := config()
		cfg.Keys = keySet(test.keys...)
		if _, err := made(oidc.New(cfg)).Check(test.token); (err == nil) != test.want {
			t.Errorf("%s: %v", test.says, err)
		}
	}
}

// A check that begins after Replace has returned is done with the new keys,
// whatever was remembered, and by whomever, meanwhile.
func TestReplaceWhileUsed(t *testing.T) {
	keys := make([]pair, 20)
	tokens := make([]string, len(keys))
	for i := range keys {
		keys[i] = newPair(fmt.Sprint("key-", i))
		tokens[i] = keys[i].token(good().with(object{"sub": fmt.Sprint("u-", i)}))
	}
	cfg := config()
	cfg.Keys = keySet(keys[0].public())
	v := made(oidc.New(cfg))

	var users sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		users.Go(func() {
			for {
				for i, token := range tokens {
					if name, err := v.Authenticate(bearing(token)); err == nil && name != fmt.Sprint("u-", i) || err != nil && err != oidc.ErrUnknownKey {
						t.Errorf("key %d: got %q, %v", i, name, err)
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			}
		})
	}
	for range 20 {
		for i, k := range keys {
			if err := v.Replace(keySet(k.public())); err != nil {
				t.Error(err)
			}
			for j, token := range tokens {
				if _, err := v.Authenticate(bearing(token)); (err == nil) != (i == j) {
					t.Errorf("key %d of %d: %v", j, i, err)
				}
			}
		}
	}
	close(stop)
	users.Wait()
}

// Whatever a key set is, it is taken whole or the old one stays; nothing panics,
// and nothing is good that the set does not have the key of.
func FuzzReplace(f *testing.F) {
	old := newPair("old")
	cfg := config()
	cfg.Keys = keySet(old.public())
	before, forged := old.token(good()), newPair("old").token(good())
	var others []string
	for _, p := range pairs() {
		others = append(others, p.token(good()))
		f.Add(keySet(p.public()))
	}
	f.Add(allKeys())
	f.Add([]byte(`{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","x5c":["AA"],"x5u":":"}]}`))
	f.Add([]byte(`{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`))
	f.Fuzz(func(t *testing.T, keys []byte) {
		v := made(oidc.New(cfg))
		err := v.Replace(keys)
		if _, gone := v.Check(before); err != nil && gone != nil {
			t.Errorf("%q: %v, and the old key is gone: %v", keys, err, gone)
		}
		if _, err := v.Check(forged); err == nil {
			t.Errorf("%q: a forged token is good", keys)
		}
		if err == nil {
			for _, token := range others {
				_, _ = v.Check(token)
			}
		}
	})
}
