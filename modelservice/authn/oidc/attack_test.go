package oidc_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/authn"
	"github.com/modelward/modelward/modelservice/authn/oidc"
	"pgregory.net/rapid"
)

// An attack is a token, and the error that is the answer.
type attack struct{ says, token, want string }

// attacks are tokens that are not good, and why. What a token of another issuer
// or none at all looks like is for others to say; the rest is refused.
func attacks() []attack {
	p, rs, other := pairs()["ES256"], pairs()["RS256"], newPair("key-ES256")
	head, payload, signature := parts(p.token(good()))
	shared := func(secret []byte) string {
		signed := encode(object{"alg": "HS256", "kid": rs.kid}.String()) + "." + encode(good().String())
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(signed))
		return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	}
	under := func(change object) string { return p.raw(p.header().with(change).String(), good().String()) }
	says := func(change object) string { return p.token(good().with(change)) }
	claims := func(text string) string { return p.raw(p.header().String(), text) }
	plain := strings.TrimSuffix(good().String(), "}")
	otherKey := other.public().with(object{"kid": nil, "use": nil, "alg": nil})
	n := rs.public()["n"].(string)
	modulus := made(base64.RawURLEncoding.DecodeString(n))
	const (
		algorithm = "oidc: token is signed with an algorithm that is not allowed"
		keyUse    = "oidc: token is signed with an algorithm that is not its key's"
		header    = "oidc: header of the token asks for something unknown"
		kind      = "oidc: token is for something else than access"
		wrong     = "oidc: signature of the token is wrong"
		malformed = "oidc: claims of the token are malformed"
		aud       = "oidc: token is for another audience"
		never     = "oidc: token never expires"
		early     = "oidc: token is not good yet"
		expired   = "oidc: token has expired"
		unknown   = "oidc: no key of the set is the token's"
		no        = "oidc: no signed token: authn: no known token"
		foreign   = "oidc: token of another issuer: authn: no known token"
	)
	return []attack{
		{"none", encode(`{"alg":"none"}`) + "." + payload + ".", algorithm},
		{"none, with a signature", under(object{"alg": "none"}), algorithm},
		{"none in capitals", encode(`{"alg":"NONE"}`) + "." + payload + ".", algorithm},
		{"no algorithm", under(object{"alg": nil}), algorithm},
		{"an algorithm in small letters", under(object{"alg": "es256"}), algorithm},
		{"a number for an algorithm", under(object{"alg": 256}), no},
		{"shared secret: the modulus", shared(modulus), algorithm},
		{"shared secret: its text", shared([]byte(n)), algorithm},
		{"shared secret: the key set", shared(allKeys()), algorithm},
		{"shared secret: nothing", shared(nil), algorithm},
		{"SHA-1", under(object{"alg": "RS1"}), algorithm},

		{"another key under the name of a known one", other.token(good()), keyUse},
		{"another key of the same kind", newPair("key-EdDSA").token(good()), wrong},
		{"a key nobody knows", newPair("key-17").token(good()), unknown},
		{"the name of another key", pair{rs.kid, p.algorithm, p.private}.token(good()), keyUse},
		{"no kid, and no key fits", under(object{"alg": "ES256", "kid": "key-256"}), unknown},
		{"no kid, and another key", newPair("").raw(`{"alg":"EdDSA"}`, good().String()), wrong},
		{"an empty kid", under(object{"kid": ""}), unknown},
		{"a path for a kid", under(object{"kid": "../../dev/null"}), unknown},
		{"a list for a kid", under(object{"kid": []any{p.kid}}), no},
		{"another algorithm than the key's", pair{rs.kid, "PS256", rs.private}.token(good()), keyUse},
		{"another hash than the key's", pair{rs.kid, "RS512", rs.private}.token(good()), keyUse},
		{"its own key", other.raw(object{"alg": "EdDSA", "jwk": otherKey}.String(), good().String()), wrong},
		{"its own key, named", other.raw(object{"alg": "EdDSA", "kid": "evil", "jwk": otherKey}.String(), good().String()), unknown},
		{"keys elsewhere", other.raw(`{"alg":"EdDSA","jku":"https://evil.example.com","x5u":"https://evil.example.com"}`, good().String()), wrong},
		{"damaged certificates", under(object{"x5c": []any{"AAAA"}}), header},

		{"crit", under(object{"crit": []any{"exp"}, "exp": 1}), header},
		{"crit that the library knows", under(object{"crit": []any{"b64"}, "b64": false}), header},
		{"b64 alone", under(object{"b64": false}), header},
		{"empty crit", under(object{"crit": []any{}}), header},
		{"two algorithms", p.raw(`{"alg":"none","kid":"key-ES256","alg":"ES256"}`, good().String()), no},
		{"log-out", under(object{"typ": "logout+jwt"}), kind},
		{"proof", under(object{"typ": "dpop+jwt"}), kind},
		{"event", under(object{"typ": "application/secevent+jwt"}), kind},

		{"another issuer", says(object{"iss": "https://evil.example.com"}), foreign},
		{"another issuer, by a key of its own", newPair("key-17").token(good().with(object{"iss": "https://evil.example.com"})), foreign},
		{"another issuer, in its own way", p.raw(`{"alg":"HS256","crit":["x"],"typ":"x"}`, `{"iss":"https://evil.example.com"}`), foreign},
		{"a slash more", says(object{"iss": issuer + "/"}), foreign},
		{"issuer in capitals", says(object{"iss": strings.ToUpper(issuer)}), foreign},
		{"no issuer", says(object{"iss": nil}), foreign},
		{"issuers", says(object{"iss": []any{issuer}}), no},
		{"two issuers", claims(plain + `,"iss":"https://evil.example.com"}`), no},
		{"issuer under another case", claims(strings.Replace(good().String(), `"iss"`, `"Iss"`, 1)), foreign},

		{"another audience", says(object{"aud": "elsewhere"}), aud},
		{"other audiences", says(object{"aud": []any{"elsewhere", audience + "/"}}), aud},
		{"audiences in a text", says(object{"aud": "elsewhere " + audience}), aud},
		{"no audience", says(object{"aud": nil}), aud},
		{"no audiences", says(object{"aud": []any{}}), aud},
		{"audience in an object", says(object{"aud": object{audience: true}}), aud},
		{"audience in a list in a list", says(object{"aud": []any{[]any{audience}}}), aud},
		{"two audiences claims", claims(plain + `,"aud":"` + audience + `"}`), no},

		{"expired", says(object{"exp": noon.Unix() - 60}), expired},
		{"expired when time began", says(object{"exp": 0}), expired},
		{"no expiry", says(object{"exp": nil}), never},
		{"expiry in a text", says(object{"exp": "2099-01-01"}), malformed},
		{"expiry beyond numbers", claims(strings.Replace(good().with(object{"exp": 1}).String(), `"exp":1`, `"exp":1e999`, 1)), malformed},
		{"expiry beyond times", says(object{"exp": 1e300}), malformed},
		{"expiry before times", says(object{"exp": -1e300}), malformed},
		{"expiry of null", claims(strings.Replace(good().with(object{"exp": 1}).String(), `"exp":1`, `"exp":null`, 1)), malformed},
		{"in the future", says(object{"nbf": noon.Unix() + 61}), early},
		{"issued in the future", says(object{"iat": noon.Unix() + 61}), early},
		{"in the future and over", says(object{"nbf": noon.Unix() + 600, "exp": noon.Unix() - 600}), early},
		{"beginning that is none", says(object{"nbf": true}), malformed},

		{"names twice deep down", claims(plain + `,"x":{"a":1,"a":2}}`), malformed},
		{"text that is not UTF-8", claims(plain + ",\"x\":\"\xff\"}"), no},
		{"two objects", claims(good().String() + "{}"), no},
		{"a list", claims("[" + good().String() + "]"), no},
		{"nothing", claims(""), no},
		{"null", claims("null"), no},

		{"empty", "", no},
		{"dots", "..", no},
		{"one part", head, no},
		{"no signature", head + "." + payload + ".", wrong},
		{"no signature, no dot", head + "." + payload, no},
		{"no claims", head + ".." + signature, no},
		{"half a signature", head + "." + payload + "." + signature[:44], wrong},
		{"signature of nought", head + "." + payload + "." + encode(strings.Repeat("\x00", 64)), wrong},
		{"signature of other claims", head + "." + encode(good().with(object{"sub": "admin"}).String()) + "." + signature, wrong},
		{"encrypted", head + ".AA.AA.AA.AA", no},
		{"signed, then wrapped", p.raw(p.header().with(object{"cty": "JWT"}).String(), p.token(good())), no},
		{"as JSON", `{"protected":"` + head + `","payload":"` + payload + `","signature":"` + signature + `"}`, no},
		{"padded", head + "." + payload + "." + signature + "==", no},
		{"in the other alphabet", strings.NewReplacer("-", "+", "_", "/").Replace(head + "." + payload + ".-_" + signature[2:]), no},
		{"line ends", head + "." + payload[:8] + "\r\n" + payload[8:] + "." + signature, no},
		{"a space behind", head + "." + payload + "." + signature + " ", no},
		{"too long", says(object{"x": strings.Repeat("x", authn.MaxToken)}), no},
		{"a mebibyte of dots", strings.Repeat(".", 1<<20), no},
		{"long signature", head + "." + payload + "." + strings.Repeat("A", 8000), wrong},
	}
}

func TestAttacks(t *testing.T) {
	v := made(oidc.New(config()))
	for _, a := range attacks() {
		t.Run(a.says, func(t *testing.T) {
			claims, err := v.Check(a.token)
			if claims != nil || err == nil || err.Error() != a.want {
				t.Fatalf("got %.200v, %v; want %s", claims, err, a.want)
			}
			passes := strings.HasSuffix(a.want, "authn: no known token")
			if errors.Is(err, authn.ErrNoToken) != passes {
				t.Errorf("passes on: %v", !passes)
			}
			name, err := v.Authenticate(bearing(a.token))
			if name != "" || errors.Is(err, authn.ErrNoToken) != passes || !passes && err.Error() != a.want {
				t.Errorf("got %q, %v", name, err)
			}
		})
	}
}

// A token may be as long as that, and no byte longer.
func TestLongestToken(t *testing.T) {
	v := made(oidc.New(config()))
	p := pairs()["EdDSA"]
	tried := map[int]bool{}
	for pad := range 4 { // a length of base64 is never one more than a multiple of four
		header := p.header().with(object{"x5t": strings.Repeat("x", pad)}).String()
		for n := authn.MaxToken*3/4 - 280; n < authn.MaxToken*3/4-180; n++ {
			token := p.raw(header, good().with(object{"x": strings.Repeat("x", n)}).String())
			tried[len(token)] = true
			if _, err := v.Check(token); (err == nil) != (len(token) <= authn.MaxToken) || err != nil && !errors.Is(err, authn.ErrNoToken) {
				t.Errorf("%d bytes: %v", len(token), err)
			}
		}
	}
	if !tried[authn.MaxToken] || !tried[authn.MaxToken+1] {
		t.Error("the bound was not tried")
	}
}

// A token that is changed anywhere is not good any more.
func TestEveryByteCounts(t *testing.T) {
	v := made(oidc.New(config()))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for algorithm, p := range pairs() {
		token := p.token(good())
		made(v.Check(token))
		// At the end of a part some bits are nobody's.
		for _, end := range []int{strings.Index(token, ".") - 1, strings.LastIndex(token, ".") - 1, len(token) - 1} {
			for _, c := range alphabet {
				if changed := token[:end] + string(c) + token[end+1:]; changed != token {
					if _, err := v.Check(changed); err == nil {
						t.Errorf("%s: %q is taken for %q at %d", algorithm, c, token[end], end)
					}
				}
			}
		}
	}
	fast := []string{pairs()["EdDSA"].token(good()), pairs()["RS256"].token(good()), pairs()["ES256"].token(good())}
	rapid.Check(t, func(t *rapid.T) {
		token := rapid.SampledFrom(fast).Draw(t, "token")
		at, until := rapid.IntRange(0, len(token)).Draw(t, "at"), rapid.IntRange(0, 3).Draw(t, "taken")
		put := rapid.OneOf(rapid.StringMatching(`[A-Za-z0-9_.-]{0,3}`), rapid.StringN(0, 3, -1)).Draw(t, "put")
		changed := token[:at] + put + token[min(len(token), at+until):]
		if changed == token {
			return
		}
		if claims, err := v.Check(changed); err == nil {
			t.Fatalf("%q is good: %v", changed, claims)
		}
	})
}

// Errors are for logs, and show nothing of a token.
func TestErrorsAreSilent(t *testing.T) {
	v := made(oidc.New(config()))
	for _, a := range attacks() {
		_, err := v.Check(a.token)
		for _, piece := range []string{"u-17", "evil", "example.com", "key-", "logout", "elsewhere", "ES256", "HS256", "dev/null"} {
			if strings.Contains(err.Error(), piece) {
				t.Errorf("%s: %v", a.says, err)
			}
		}
		if random := rand.IntN(max(1, len(a.token)-8)); len(a.token) > 8 && strings.Contains(err.Error(), a.token[random:random+8]) {
			t.Errorf("%s: %v", a.says, err)
		}
	}
}

// Nothing but what was signed is good, whatever it is; and nothing panics.
func FuzzCheck(f *testing.F) {
	v := made(oidc.New(config()))
	known := map[string]bool{}
	for _, p := range pairs() {
		token := p.token(good())
		known[token] = true
		f.Add(token)
	}
	for _, a := range attacks() {
		if len(a.token) < 4<<10 {
			f.Add(a.token)
		}
	}
	f.Fuzz(func(t *testing.T, token string) {
		claims, err := v.Check(token)
		if err == nil && !known[token] {
			t.Errorf("%q is good: %v", token, claims)
		}
		if err != nil && claims != nil {
			t.Errorf("%q: %v beside %v", token, claims, err)
		}
	})
}
