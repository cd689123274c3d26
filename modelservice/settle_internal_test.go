package modelservice

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelward/modelward/routing"
)

// A provider's code is cut between two characters.
func TestErrorCodeIsText(t *testing.T) {
	for n := range 4 {
		code := errorCode(routing.Step{ErrorCode: strings.Repeat("x", n) + strings.Repeat("é", maxErrorCode), Cause: routing.CauseReset})
		if !utf8.ValidString(code) || len(code) > maxErrorCode || len(code) < maxErrorCode-1 {
			t.Errorf("%d bytes before: %q", n, code)
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// A body that gives neither bytes nor an end is given up.
func TestReadWholeOfNothing(t *testing.T) {
	if _, err := readWhole(idle{}, -1, 1<<20); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}

// A body is read to one byte beyond the limit, whatever its length is said to
// be.
func TestReadWholeStopsBehindTheLimit(t *testing.T) {
	for _, announced := range []int64{-1, 0, 5, 10, 1 << 40} {
		for _, size := range []int{0, 9, 10, 11, 1 << 20} {
			body, err := readWhole(strings.NewReader(strings.Repeat("x", size)), announced, 10)
			if err != nil || len(body) != min(size, 11) {
				t.Errorf("%d bytes announced as %d: read %d, %v", size, announced, len(body), err)
			}
		}
	}
}
