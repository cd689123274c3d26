package modelservice

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/modelward/modelward/routing"
)

// A provider's code is in the row as it is, or not at all: what is too long, or has words in it, is no code, and may be what
// the caller has said.
func TestErrorCodeIsACode(t *testing.T) {
	for code, want := range map[string]string{
		"rate_limit_exceeded": "rate_limit_exceeded", "InvalidRequest-4.2:x": "InvalidRequest-4.2:x",
		"":                                  "reset",
		"tell me a secret":                  "reset",
		"été":                               "reset",
		"{\"a\":1}":                         "reset",
		strings.Repeat("x", maxErrorCode):   strings.Repeat("x", maxErrorCode),
		strings.Repeat("x", maxErrorCode+1): "reset",
	} {
		if got := errorCode(routing.Step{ErrorCode: code, Cause: routing.CauseReset}); got != want {
			t.Errorf("%q is %q", code, got)
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
