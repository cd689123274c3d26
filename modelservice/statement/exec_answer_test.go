package statement

import (
	"context"
	"strings"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// An answer holds what MaxResult allows, says when that is not all, and takes
// nothing more from then on.
func TestAnswerIsBounded(t *testing.T) {
	long := strings.Repeat("x", MaxResult/4)
	a := newAnswer(Column{"x", "STRING"})
	for i := range 10 {
		if a.add(&long) != (i < 3) {
			t.Errorf("row %d of a quarter each: truncated %v", i, a.Truncated)
		}
	}
	if a.add(nil) || len(a.Rows) != 3 || !a.Truncated {
		t.Errorf("%d rows, truncated %v", len(a.Rows), a.Truncated)
	}
	a = newAnswer()
	for a.add(nil, nil) {
	}
	if want := MaxResult / 2 / valueCharge; len(a.Rows) != want {
		t.Errorf("%d rows of two NULLs, want %d", len(a.Rows), want)
	}
}

// Where no grant can help there is one row that says so.
func TestHopeless(t *testing.T) {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	result := executor{ms: ms}.explained(modelservice.Explanation{Principal: "carol", Privilege: catalog.Execute},
		catalog.TypeModel, catalog.FullName{Catalog: "a", Schema: "b", Object: "c"})
	if len(result.Rows) != 1 {
		t.Fatalf("%d rows", len(result.Rows))
	}
	for i, want := range []string{"DENIED", "HOPELESS", "EXECUTE", "carol", "MODEL", "a.b.c"} {
		if got := *result.Rows[0][i]; got != want {
			t.Errorf("%s is %s, want %s", result.Columns[i].Name, got, want)
		}
	}
	if result.Rows[0][6] != nil {
		t.Errorf("a statement that helps nobody: %s", *result.Rows[0][6])
	}
}
