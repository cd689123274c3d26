package oidc_test

import (
	"testing"

	"github.com/modelward/modelward/modelservice/authn/oidc"
)

// What a call pays for its token: once when it is new, and from then on.
func BenchmarkAuthenticate(b *testing.B) {
	fresh, seen := config(), config()
	fresh.Remember = -1
	for _, algorithm := range []string{"RS256", "PS256", "ES256", "ES384", "EdDSA"} {
		token := pairs()[algorithm].token(good())
		b.Run(algorithm+"/new", func(b *testing.B) { benchmark(b, fresh, token) })
		b.Run(algorithm+"/remembered", func(b *testing.B) { benchmark(b, seen, token) })
	}
	foreign := pairs()["RS256"].token(good().with(object{"iss": "https://other.example.com"}))
	b.Run("foreign", func(b *testing.B) { benchmark(b, seen, foreign) })
	b.Run("opaque", func(b *testing.B) { benchmark(b, seen, "dapi-0123456789abcdef0123456789abcdef") })
	for _, a := range attacks() {
		if a.says == "long signature" || a.says == "a mebibyte of dots" {
			b.Run(a.says, func(b *testing.B) { benchmark(b, seen, a.token) })
		}
	}
}

func benchmark(b *testing.B, cfg oidc.Config, token string) {
	v := made(oidc.New(cfg))
	r := bearing(token)
	b.ReportAllocs()
	for b.Loop() {
		_, _ = v.Authenticate(r)
	}
}
