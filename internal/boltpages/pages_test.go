package boltpages_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelward/modelward/internal/boltpages"
	"pgregory.net/rapid"
)

// Whatever is in a file, it is read or refused. The damage tests of the stores
// that use bbolt check files that bbolt has written.
func TestCheckSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	rapid.Check(t, func(t *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 0, 8<<10).Draw(t, "content")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		pageSize := rapid.SampledFrom([]int{-1, 0, 512, 4096}).Draw(t, "page size")
		var damage *boltpages.Damage
		if err := boltpages.Check(path, pageSize); !errors.As(err, &damage) {
			t.Fatalf("random bytes pass: %v", err)
		}
	})
}

func TestCheckMissing(t *testing.T) {
	if err := boltpages.Check(filepath.Join(t.TempDir(), "none"), 4096); !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
