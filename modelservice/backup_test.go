package modelservice_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
)

// backup is what admin backs up now.
func (w *world) backup() []byte { return w.backupBy("admin") }

func (w *world) backupBy(who string) []byte {
	w.Helper()
	var b bytes.Buffer
	w.must(w.ms.Backup(w.who[who], &b))
	return b.Bytes()
}

func (w *world) restore(who string, backup []byte) error {
	w.Helper()
	return w.ms.Restore(w.ctx(), w.who[who], bytes.NewReader(backup))
}

// rowless makes a service without a table.
func (w *world) rowless(name string) {
	w.Helper()
	_, err := w.create("alice", "main.default", name, modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
}

// newest is an id that nothing has had before.
func (w *world) newest() (id catalog.PrincipalID) {
	w.Helper()
	w.host(func(tx *catalog.Tx) (err error) {
		if id, err = tx.CreatePrincipal(catalog.User, "newest"); err == nil {
			err = tx.DropPrincipal(id)
		}
		return err
	})
	return id
}

// Whatever was done since, a restore brings back every object, principal,
// membership and grant as it was, etags included; catalog and log agree; ids
// move on, and the history goes on with the restore in it (I42).
func TestRestoreIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := openWorld(t, nil)
		defer w.close()
		w.service(to("one"))
		admin := w.who["admin"]
		deeds := map[string]func(){
			"create a service": func() { w.create("alice", "main.default", fmt.Sprint("s", w.version()), to("two")) },
			"make chat again":  func() { w.create("alice", "main.default", "chat", to("two")) },
			"drop the service": func() { w.drop("alice", modelservice.TypeModelService, chat, nil) },
			"drop the table":   func() { w.drop("alice", catalog.TypeTable, chatTable, nil) },
			"drop the schema": func() {
				w.drop("admin", catalog.TypeSchema, "main.logging", &modelservice.DropOptions{Force: true})
			},
			"rename the schema": func() { w.rename("admin", catalog.TypeSchema, "main.default", fmt.Sprint("s", w.version())) },
			"rename the table":  func() { w.rename("alice", catalog.TypeTable, chatTable, fmt.Sprint("t", w.version())) },
			"grant": func() {
				w.ms.ChangeGrants(w.ctx(), admin, modelservice.TypeModelService, w.name(chat), []modelservice.GrantChange{
					{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}}, {Principal: "bob", Remove: []catalog.Privilege{catalog.Execute}}})
			},
			"drop bob":        func() { w.dropPrincipal("admin", "bob") },
			"make bob":        func() { w.createPrincipal("admin", catalog.User, "bob") },
			"rename the team": func() { w.ms.RenamePrincipal(w.ctx(), admin, "team", "crew") },
			"more admins":     func() { w.members("admin", "metastore admins", []string{"carol"}, nil) },
			"other members":   func() { w.members("admin", "team", []string{"app"}, []string{"bob"}) },
			"call the service": func() {
				w.gw.Serve(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask())}, &recorder{})
			},
		}
		names := rapid.SampledFrom(slices.Sorted(maps.Keys(deeds)))
		play := func() {
			for _, name := range rapid.SliceOfN(names, 0, 6).Draw(t, "deeds") {
				deeds[name]()
			}
		}
		play()
		kept, was, then := w.backup(), state(w.catalog.Snapshot()), w.version()
		play()
		last, id := w.version(), w.newest()
		w.must(w.restore("admin", kept))
		if got := state(w.catalog.Snapshot()); got != was {
			t.Fatalf("restored is\n%s\nthere was\n%s", got, was)
		}
		w.agree()
		if now := w.newest(); now <= id {
			t.Fatalf("id %d was given out again, as %d", id, now)
		}
		events := w.history(last)
		if e := events[len(events)-2]; e.Actor != "admin" || e.Restored != then {
			t.Fatalf("of version %d was restored what was at %d", then, e.Restored)
		}
		var alike bytes.Buffer
		w.must(w.ms.Restore(w.ctx(), admin, bytes.NewReader(kept)))
		w.must(w.ms.Backup(admin, &alike))
		if rows(alike.Bytes()) != rows(kept) {
			t.Fatalf("a backup of what was restored has other rows:\n%s\n%s", alike.Bytes(), kept)
		}
	})
}

// state is all that a snapshot shows, without where in memory it is.
func state(s *catalog.Snapshot) string { return pointers.ReplaceAllString(catalogtest.Dump(s), "") }

var pointers = regexp.MustCompile(`0x[0-9a-f]+`)

// rows are the lines of a backup between its first and its last.
func rows(backup []byte) string {
	lines := strings.SplitAfter(string(backup), "\n")
	return strings.Join(lines[1:len(lines)-2], "")
}

// Services answer, and refuse, as the rights of the restored state say: from the
// moment on, and through the gateway that was there before.
func TestRestoredRights(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.rowless("other")
	w.letIn("carol", "main.default.other")
	kept := w.backup()

	w.revoke("bob", modelservice.TypeModelService, chat, catalog.Execute)
	w.letIn("mallory", chat)
	w.must(w.drop("alice", modelservice.TypeModelService, "main.default.other", nil))
	w.rowless("late")
	w.letIn("bob", "main.default.late")
	w.must(w.dropPrincipal("admin", "alice")) // the services have no owner now
	w.must(w.createPrincipal("admin", catalog.User, "alice"))
	w.must(w.members("admin", "metastore admins", []string{"carol"}, nil))
	namesake, _ := w.catalog.Snapshot().PrincipalNamed("alice")

	check := func(who, service string, status int) {
		t.Helper()
		if res := w.serve(w.ctx(), who, askOf(service), &recorder{}); res.Status != status {
			t.Errorf("%s calls %s and gets %d, want %d", who, service, res.Status, status)
		}
	}
	check("mallory", chat, 403)
	check("carol", "main.default.other", 404)
	w.must(w.restore("carol", kept)) // who is an admin now, and was none then
	check("bob", chat, 200)
	check("mallory", chat, 404)
	check("carol", "main.default.other", 200)
	check("bob", "main.default.late", 404)
	if p, _ := w.catalog.Snapshot().PrincipalNamed("alice"); p.ID != w.who["alice"] || p.ID == namesake.ID {
		t.Errorf("alice is %d, was %d", p.ID, w.who["alice"])
	}
	w.refused(w.restore("carol", kept), modelservice.CodePermissionDenied, "")
	w.must(w.members("admin", "outer", []string{"carol"}, nil))
}

// Nobody else backs up or restores, whatever he has and whatever the backup
// would make of him; what he brings is not even read.
func TestRestoreAdminsOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.members("admin", "metastore admins", []string{"mallory"}, nil))
	kept := w.backup() // in which mallory is an admin
	w.must(w.members("admin", "metastore admins", nil, []string{"mallory"}))
	w.grant("mallory", catalog.TypeCatalog, "main", catalog.AllPrivileges, catalog.Manage)
	before, version := w.dump(), w.version()
	unread := iotest.ErrReader(errors.New("it was read"))
	for _, who := range []string{"mallory", "alice", "app", "outer", "account users"} {
		var b bytes.Buffer
		w.refused(w.ms.Backup(w.who[who], &b), modelservice.CodePermissionDenied, "Only a metastore admin may back up the metastore.")
		if b.Len() > 0 {
			t.Errorf("%s got %d bytes", who, b.Len())
		}
		for _, r := range []io.Reader{bytes.NewReader(kept), unread} {
			err := w.ms.Restore(w.ctx(), w.who[who], r)
			w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may restore the metastore.")
		}
	}
	w.refused(w.ms.Backup(w.who["nobody"], io.Discard), modelservice.CodeUnauthenticated, "")
	w.refused(w.ms.Restore(w.ctx(), w.who["nobody"], unread), modelservice.CodeUnauthenticated, "")

	// Whoever has ceased to be one while his backup was read is none.
	w.must(w.members("admin", "metastore admins", []string{"carol"}, nil))
	fired := false
	atEnd := readerFunc(func([]byte) (int, error) {
		if !fired {
			fired = true
			w.must(w.members("admin", "metastore admins", nil, []string{"carol"}))
		}
		return 0, io.EOF
	})
	err := w.ms.Restore(w.ctx(), w.who["carol"], io.MultiReader(bytes.NewReader(kept), atEnd))
	w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may restore the metastore.")
	if w.unchanged(before); !fired || w.version() != version+2 {
		t.Errorf("version %d after %d", w.version(), version)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// A state without an admin who can log in is not restored, whoever is one in it
// by name.
func TestRestoreLockout(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	sound := w.backup()
	for _, lockOut := range []func(tx *catalog.Tx) error{
		func(tx *catalog.Tx) error { return tx.DropPrincipal(w.who["admin"]) },
		func(tx *catalog.Tx) error { // nobody is in team or outer either
			return errors.Join(tx.RemoveMember(catalog.MetastoreAdmins, w.who["admin"]),
				tx.RemoveMember(w.who["team"], w.who["bob"]), tx.AddMember(catalog.MetastoreAdmins, w.who["outer"]))
		},
		func(tx *catalog.Tx) error { // the owner is gone
			mallory := w.who["mallory"]
			return errors.Join(tx.Change(catalog.MetastoreID, catalog.Edit{Owner: &mallory}), tx.DropPrincipal(mallory))
		},
	} {
		w.host(lockOut) // which only a host can do
		var locked bytes.Buffer
		w.must(w.catalog.Snapshot().Backup(&locked))
		if _, err := w.catalog.Restore(w.ctx(), "host", bytes.NewReader(sound), nil); err != nil {
			t.Fatal(err)
		}
		before, version := w.dump(), w.version()
		err := w.restore("admin", locked.Bytes())
		w.refused(err, modelservice.CodeInvalidState, "left without an admin")
		if w.unchanged(before); w.version() != version {
			t.Error("there is a commit")
		}
	}
	// A service principal, in a group of a group, is enough.
	w.must(w.members("admin", "outer", []string{"app"}, nil))
	w.must(w.members("admin", "metastore admins", []string{"outer"}, nil))
	w.must(w.members("app", "metastore admins", nil, []string{"admin"}))
	kept := w.backupBy("app")
	w.must(w.members("app", "metastore admins", []string{"admin"}, nil))
	w.must(w.restore("admin", kept))
	w.refused(w.restore("admin", kept), modelservice.CodePermissionDenied, "")
	w.must(w.restore("app", sound))
}

// reseal puts the right last line under lines of which some were edited.
func reseal(backup string) string {
	lines := strings.SplitAfter(backup, "\n")
	above := strings.Join(lines[:len(lines)-2], "")
	return above + fmt.Sprintf(`{"rows":%d,"sha256":"%x"}`+"\n", len(lines)-3, sha256.Sum256([]byte(above)))
}

// A backup that is none is the caller's fault, and he is told where.
func TestRestoreBad(t *testing.T) {
	w := newWorld(t, nil)
	svc := w.service(to("one"))
	sound := string(w.backup())
	w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
	before, version := w.dump(), w.version()
	lines := strings.SplitAfter(sound, "\n")
	of := func(kind catalog.RowKind, id any) string { return fmt.Sprintf(`"kind":"%s","key":"%v"`, kind, id) }
	for _, tt := range []struct{ name, text, words string }{
		{"nothing", "", "line 1 is missing: the backup is cut short."},
		{"something else", "{}\n", "line 1 is not a backup of a catalog."},
		{"no JSON", "hello\n", "line 1 "},
		{"half of it", strings.Join(lines[:7], ""), "line 8 is missing: the backup is cut short."},
		{"without the end", strings.Join(lines[:len(lines)-2], ""), fmt.Sprintf("line %d is missing", len(lines)-1)},
		{"a line twice", lines[0] + lines[1] + sound[len(lines[0]):], "checksum"},
		{"a letter changed", strings.Replace(sound, `"mallory"`, `"malloty"`, 1), fmt.Sprintf("line %d has another checksum", len(lines)-1)},
		{"more after the end", sound + "\n", fmt.Sprintf("line %d comes after the end", len(lines))},
		{"no admins", reseal(strings.ReplaceAll(sound, of(catalog.RowPrincipal, 4), of(catalog.RowPrincipal, 400))), "principal 4"},
		{"a spec that is none", reseal(strings.Replace(sound, `"destinations":[`, `"destinations":7,"x":[`, 1)), fmt.Sprintf("securable %d", svc.ID)},
		{"a spec that cannot be routed", reseal(strings.Replace(sound, `"destinations":[{`, `"destinations":[],"x":[{`, 1)), fmt.Sprintf("securable %d", svc.ID)},
	} {
		err := w.restore("admin", []byte(tt.text))
		w.refused(err, modelservice.CodeInvalidParameter, tt.words)
		if e := modelservice.AsError(err); e.Field != "backup" || !strings.HasPrefix(e.Message, "Invalid backup: ") || strings.Contains(e.Message, "catalog:") {
			t.Errorf("%s: field %q, %s", tt.name, e.Field, e.Message)
		}
	}
	err := w.ms.Restore(w.ctx(), w.who["admin"], io.MultiReader(strings.NewReader(sound[:99]), iotest.ErrReader(errCut)))
	if w.refused(err, modelservice.CodeBadRequest, "The backup could not be read."); !errors.Is(err, errCut) {
		t.Errorf("the reader's error is %v", err)
	}
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	w.refused(w.ms.Restore(ctx, w.who["admin"], strings.NewReader(sound)), modelservice.CodeCancelled, "")
	if w.unchanged(before); w.version() != version {
		t.Error("there is a commit")
	}
	w.must(w.restore("admin", []byte(sound)))
}

// A writer that fails is told of, and nothing of the state is.
func TestBackupFails(t *testing.T) {
	w := newWorld(t, nil)
	err := w.ms.Backup(w.who["admin"], writerFunc(func([]byte) (int, error) { return 0, errCut }))
	if w.refused(err, modelservice.CodeInternal, "An internal error occurred."); !errors.Is(err, errCut) {
		t.Errorf("got %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
