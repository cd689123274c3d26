package statement_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// Parts of SELECT are granted, shown, explained and revoked like any privilege,
// and are what SELECT then reads by.
func TestGrantPartsOfSelect(t *testing.T) {
	w := newWorld(t)
	w.update(func(tx *catalog.Tx) error {
		return tx.Grant(w.catalogID("main"), w.id("carol"), catalog.UseCatalog, catalog.UseSchema)
	})
	carol := fmt.Sprint(uint64(w.id("carol")))
	w.write(3, func(i int) *inferencelog.Record {
		r := &inferencelog.Record{RequestID: fmt.Sprint("r", i), Requester: "carol", RequesterID: carol, Request: []byte("said"), Response: []byte("answered")}
		if i == 1 {
			r.RequesterID = "1" + carol // an earlier one of that name
		}
		return r
	})
	read := func(what, from string, want ...string) {
		t.Helper()
		var got []string
		for _, row := range cells(w.execute("carol", "SELECT "+what+" FROM "+from).Rows) {
			got = append(got, strings.Join(row, " "))
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	gone := func() {
		t.Helper()
		if e := w.refused("carol", "SELECT * FROM "+payload); e.Code != modelservice.CodeDoesNotExist {
			t.Errorf("got %v", e)
		}
	}
	gone()
	w.execute("alice", "GRANT SELECT OWN ROWS ON TABLE "+payload+" TO carol")
	read("request_id, request", payload, "r2 said", "r0 said")
	w.execute("alice", "grant select_masked on table "+payload+" to carol")
	read("request_id, request", payload, "r2 said", "r1 NULL", "r0 said")
	read("response", payload, "answered", "NULL", "answered")
	w.execute("alice", "REVOKE SELECT OWN ROWS ON TABLE "+payload+" FROM carol")
	read("request_id, request, request_bytes", payload, "r2 NULL 4", "r1 NULL 4", "r0 NULL 4")
	read("request", payload, "NULL", "NULL", "NULL")

	if got := fmt.Sprint(w.grants(catalog.TypeTable, payload)); !strings.Contains(got, "SELECT_MASKED") || strings.Contains(got, "OWN") {
		t.Errorf("granted: %s", got)
	}
	if got := fmt.Sprint(cells(w.execute("alice", "SHOW GRANTS carol ON TABLE "+payload).Rows)); !strings.Contains(got, "carol SELECT MASKED TABLE") {
		t.Errorf("shown: %s", got)
	}
	explained := cells(w.execute("alice", "EXPLAIN PRIVILEGE SELECT OWN ROWS ON TABLE "+payload+" FOR carol").Rows)
	if got := fmt.Sprint(explained); !strings.Contains(got, "GRANT SELECT OWN ROWS ON TABLE "+payload+" TO carol") {
		t.Errorf("explained: %s", got)
	}
	w.execute("alice", "REVOKE ALL PRIVILEGES ON TABLE "+payload+" FROM carol")
	gone()

	for _, on := range []string{"MODEL SERVICE main.default.`team-chat`", "MODEL system.ai.opus"} {
		if e := w.refused("alice", "GRANT SELECT OWN ROWS ON "+on+" TO carol"); e.Code == "" {
			t.Errorf("granted on %s", on)
		}
	}
}

// catalogID is the id of a catalog.
func (w *world) catalogID(name string) catalog.ID {
	w.Helper()
	id, ok := w.ms.Catalog().Snapshot().Lookup(catalog.TypeCatalog, w.name(name))
	if !ok {
		w.Fatalf("there is no catalog %s", name)
	}
	return id
}
