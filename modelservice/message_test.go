package modelservice_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/modelward/modelward/modelservice"
)

// Messages quote what was asked, which can be as long as a body. The answer is
// not.
func TestLongMessagesAreCut(t *testing.T) {
	for _, long := range []string{strings.Repeat("x", 1<<20), "x" + strings.Repeat("é", 1<<20), strings.Repeat("\xff", 1<<20)} {
		e := &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: long, Message: long}
		short := e.ShortMessage()
		if len(short) > 5<<10 || utf8.ValidString(long) && !utf8.ValidString(short) || !strings.HasSuffix(short, "…") || !strings.HasPrefix(long, strings.TrimSuffix(short, "…")) {
			t.Errorf("%d bytes are cut to %d", len(long), len(short))
		}
		if n := len(e.Body(modelservice.ChatCompletions, "id")) + len(e.ManagementBody("id")); n > 200<<10 { // what is no UTF-8 is spelt out
			t.Errorf("the bodies have %d bytes", n)
		}
	}
	if e := (&modelservice.Error{Message: "short"}); e.ShortMessage() != "short" {
		t.Errorf("%q", e.ShortMessage())
	}
}
