package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// A page is of a size that is known: of the texts that an object has there are at
// most 128 KiB, and no character of theirs takes more than twice its bytes.
func TestPagesAreBounded(t *testing.T) {
	w := newMain(t)
	const objects = 10
	for i, c := range []string{"<", ">", "&", `\"`, `\\`, `\n`, "é", "☃", "\u2028", "\U0001F600"} {
		size := len(strings.TrimPrefix(c, `\`))
		w.ok(admin, "POST", schemasPath, fmt.Sprintf(`{"catalog_name":"main","name":"s%d","comment":%q,"properties":{"k":"%s"}}`, i,
			strings.Repeat("x", catalog.MaxCommentLength), strings.Repeat(c, (64<<10-1)/size)))
	}
	a := w.send(admin, "GET", schemasPath+"?catalog_name=main", "")
	if n := len(a.object()["schemas"].([]any)); n != objects+2 {
		t.Fatalf("there are %d schemas", n)
	}
	if size, most := a.Body.Len(), objects*(64<<10+2*64<<10)+20<<10; size > most {
		t.Errorf("the page has %d bytes, want at most %d", size, most)
	}
	e := w.refused(admin, "POST", schemasPath, `{"catalog_name":"main","name":"more","properties":{"k":"`+strings.Repeat("x", 64<<10)+`"}}`, 400)
	if e.field() != "/properties" || !strings.Contains(e.Message, "65536 bytes") {
		t.Errorf("more blames %s: %s", e.field(), e.Message)
	}
}

// What the platform's own texts have is shown as it is written.
func TestAnswersAreWrittenPlainly(t *testing.T) {
	w := newMain(t)
	a := w.send(admin, "PATCH", catalogsPath+"/main", `{"comment":"<a href=\"x\">&amp;"}`)
	if !strings.Contains(a.Body.String(), `"comment":"<a href=\"x\">&amp;"`) || strings.HasSuffix(a.Body.String(), "\n") {
		t.Errorf("answers %s", a.Body)
	}
}
