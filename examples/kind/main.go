// Command kind does not know what a tool does: it shows how a kind of securable
// that the catalog has never heard of is governed like any other. Toolboxes live
// in catalogs and have a gate, tools live in toolboxes and can be called; both are
// granted, inherited, explained and revoked as everything is.
//
//	go run ./examples/kind
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/rest"
	"github.com/modelward/modelward/modelservice/statement"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kind:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	nouns, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: append(modelservice.Kinds(), kinds()...)})
	if err != nil {
		return err
	}
	defer nouns.Close(ctx)
	ms, err := modelservice.NewMetastore(ctx, nouns, authz.New(nil), nil)
	if err != nil {
		return err
	}
	defer ms.Close(ctx)
	alice, bob, err := setUp(ctx, ms)
	if err != nil {
		return err
	}

	try := func() {
		said, err := call(ms, bob, calendar, "Monday")
		if err != nil {
			said = err.Error()
		}
		fmt.Fprintln(out, "    bob calls the tool:", said)
	}
	sql := func(text string) error {
		fmt.Fprintln(out, "alice:", text)
		_, err := statement.Execute(ctx, ms, alice, text, nil)
		try()
		return err
	}

	try()
	why, err := ms.Explain(alice, callTool, typeTool, calendar, "bob")
	if err != nil {
		return err
	}
	for _, fact := range why.Missing {
		fmt.Fprintf(out, "    missing: %s on %s %s\n", fact.Privilege.SQL(), fact.Type, fact.Name)
	}
	// What is granted on a container holds for what is in it.
	if err := sql("GRANT USE CATALOG, USE TOOLBOX ON CATALOG main TO bob"); err != nil {
		return err
	}
	// Over HTTP there is every kind of thing to grant on; SQL has words for its own.
	manage, err := rest.New(rest.Config{Metastore: ms, Authenticate: func(*http.Request) (string, error) { return "alice", nil }})
	if err != nil {
		return err
	}
	path := "/api/2.1/unity-catalog/permissions/tool/" + calendar.String()
	w := httptest.NewRecorder()
	manage.ServeHTTP(w, httptest.NewRequest(http.MethodPatch, path, strings.NewReader(
		`{"changes":[{"principal":"bob","add":["CALL_TOOL"]}]}`)))
	fmt.Fprintf(out, "alice: PATCH %s: %d\n    %s\n", path, w.Code, w.Body)
	try()
	return sql("REVOKE USE TOOLBOX ON CATALOG main FROM bob")
}
