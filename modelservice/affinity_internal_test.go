package modelservice

import (
	"testing"

	"github.com/modelward/modelward/catalog"
)

// A session's number is part of what replicas of different versions agree on:
// these may not change.
func TestAffinityIsFixed(t *testing.T) {
	for _, tt := range []struct {
		service uint64
		session string
		want    uint64
	}{
		{7, "", 0},
		{7, "a", 0x8a954861dd12e9b7},
		{8, "a", 0xcf5f234579b75dde},
		{7, "session-0123456789", 0x3fbee2aff9260d32},
	} {
		got := affinity(catalog.ID(tt.service), tt.session)
		if got != tt.want {
			t.Errorf("affinity(%d, %q) = %#x, want %#x", tt.service, tt.session, got, tt.want)
		}
	}
}
