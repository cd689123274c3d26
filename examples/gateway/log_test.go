package main

import (
	"fmt"
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// Of a line of the standard logger what a stranger sent is left out.
func TestQuotesNothing(t *testing.T) {
	core, seen := observer.New(zap.InfoLevel)
	fmt.Fprintf(quotesNothing{zap.New(core)}, "Unsolicited response starting with %q; err=<nil>\n", "PROMPT sk-key")
	if lines := seen.All(); len(lines) != 1 || !strings.HasPrefix(lines[0].Message, "Unsolicited response") || strings.Contains(lines[0].Message, "sk-key") {
		t.Errorf("%v", lines)
	}
}
