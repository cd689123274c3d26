package oidc_test

import (
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice/authn/oidc"
)

// A token whose header is longer than any issuer's is not read, however well it
// is signed; one with a header of some size is.
func TestLongHeader(t *testing.T) {
	v := made(oidc.New(config()))
	p := pairs()["ES256"]
	for length, taken := range map[int]bool{3_000: true, 5_000: false} {
		header := p.header().with(object{"jku": strings.Repeat("x", length)})
		if _, err := v.Check(p.raw(header.String(), good().String())); (err == nil) != taken {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}
