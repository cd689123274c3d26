package catalog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// small is a catalog with something of every kind of row, and its backup.
func small(t testing.TB) (*catalog.Catalog, string) {
	t.Helper()
	c := openMemory(t)
	update(t, c, func(tx *catalog.Tx) error {
		alice, err := tx.CreatePrincipal(catalog.User, "alice") // 5
		if err != nil {
			return err
		}
		team, err := tx.CreatePrincipal(catalog.Group, "team") // 6
		if err != nil {
			return err
		}
		main, err := tx.Create(catalog.Draft{ // 7
			Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: alice, Comment: "<b>&\u2028",
		})
		if err != nil {
			return err
		}
		if _, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: "sch", Owner: team}); err != nil { // 8
			return err
		}
		return errors.Join(tx.AddMember(team, alice), tx.Grant(main, team, catalog.UseCatalog))
	})
	var b bytes.Buffer
	if err := c.Snapshot().Backup(&b); err != nil {
		t.Fatal(err)
	}
	return c, b.String()
}

// reseal puts the right last line under lines of which some were edited.
func reseal(backup string) string {
	lines := strings.SplitAfter(backup, "\n")
	above := strings.Join(lines[:len(lines)-2], "")
	return above + fmt.Sprintf(`{"rows":%d,"sha256":"%x"}`+"\n", len(lines)-3, sha256.Sum256([]byte(above)))
}

// Backups whose checksum is right and that nevertheless cannot be.
func TestRestoreRefusesWhatDoesNotFit(t *testing.T) {
	c, sound := small(t)
	update(t, c, func(tx *catalog.Tx) error { return tx.Change(7, catalog.Edit{Comment: new(string)}) })
	before, version := catalogtest.Dump(c.Snapshot()), c.Snapshot().Version()
	if reseal(sound) != sound {
		t.Fatalf("resealing changes\n%sto\n%s", sound, reseal(sound))
	}
	without := func(part string) string {
		lines := slices.DeleteFunc(strings.SplitAfter(sound, "\n"), func(line string) bool { return strings.Contains(line, part) })
		return strings.Join(lines, "")
	}
	with := func(line string) string {
		head, rest, _ := strings.Cut(sound, "\n")
		return head + "\n" + line + "\n" + rest
	}
	replaced := func(old, new string) string {
		if !strings.Contains(sound, old) {
			t.Fatalf("%q is not in the backup", old)
		}
		return strings.Replace(sound, old, new, 1)
	}
	for what, edited := range map[string]string{
		"no metastore":           without(`"securable","key":"1"`),
		"no system user":         without(`"principal","key":"2"`),
		"no admins":              without(`"principal","key":"4"`),
		"no parent":              without(`"securable","key":"7"`),
		"member gone":            without(`"principal","key":"5"`),
		"group gone":             without(`"principal","key":"6"`),
		"group is a user":        replaced(`"type":"group","name":"team"`, `"type":"user","name":"team"`),
		"system user is a user":  replaced(`"type":"system"`, `"type":"user"`),
		"two of a name":          replaced(`"name":"team"`, `"name":"ALICE"`),
		"name not canonical":     replaced(`"name":"sch"`, `"name":"Sch"`),
		"in the wrong container": replaced(`"parent":7`, `"parent":1`),
		"unknown type":           replaced(`"type":"schema"`, `"type":"volume"`),
		"row of an unknown kind": with(`{"kind":"rate_limit","key":"1","value":{}}`),
		"row twice":              with(`{"kind":"grant","key":"7/6/USE_CATALOG","value":{}}`),
		"key not as written":     with(`{"kind":"grant","key":"07/6/APPLY_TAG","value":{}}`),
		"grant on nothing":       with(`{"kind":"grant","key":"70/6/USE_CATALOG","value":{}}`),
		"grant without value":    with(`{"kind":"grant","key":"7/6/APPLY_TAG"}`),
		"unknown field":          with(`{"kind":"grant","key":"7/6/APPLY_TAG","value":{},"more":1}`),
		"two on a line":          with(`{"kind":"grant","key":"7/6/APPLY_TAG","value":{}} {}`),
		"empty line":             with(``),
		"end in between":         with(`{"rows":0,"sha256":""}`),
		"id to be given out":     replaced(`"next_id":9`, `"next_id":8`),
		"next id too low":        replaced(`"next_id":9`, `"next_id":0`),
		"next id near the end":   replaced(`"next_id":9`, `"next_id":18446744073709551615`),
		"version 0":              replaced(`"version":2`, `"version":0`),
		"newer format":           replaced(`"format":1`, `"format":2`),
		"of something else":      replaced(`"backup":"modelward catalog"`, `"backup":"modelward log"`),
		"no backup at all":       "hello\n\n",
		"long line":              strings.Repeat("x", 65<<20) + "\n\n",
	} {
		v, err := c.Restore(t.Context(), "tester", strings.NewReader(reseal(edited)), nil)
		if !errors.Is(err, catalog.ErrBackup) || v != 0 {
			t.Errorf("%s: Restore: %d, %v; want ErrBackup", what, v, err)
		}
	}
	if catalogtest.Dump(c.Snapshot()) != before || c.Snapshot().Version() != version {
		t.Error("a refused backup has left a trace")
	}
	if _, err := c.Restore(t.Context(), "tester", strings.NewReader(sound), nil); err != nil {
		t.Errorf("the sound one: %v", err)
	}
}

// Rows in another order or spelling are the same rows.
func TestRestoreReadsOtherSpellings(t *testing.T) {
	c, sound := small(t)
	before := catalogtest.Dump(c.Snapshot())
	lines := strings.SplitAfter(sound, "\n")
	slices.Reverse(lines[1 : len(lines)-2])
	edited := reseal(strings.ReplaceAll(strings.Join(lines, ""), `"type":"group"`, ` "type" : "\u0067roup" `))
	version, err := c.Restore(t.Context(), "tester", strings.NewReader(edited), nil)
	if err != nil {
		t.Fatal(err)
	}
	for e, err := range c.History(t.Context(), version-1) {
		if err != nil || len(e.Changes) > 0 {
			t.Errorf("restoring the same rows has changed %+v, %v", e.Changes, err)
		}
	}
	if after := catalogtest.Dump(c.Snapshot()); after != before {
		t.Errorf("got\n%swant\n%s", after, before)
	}
}

// Whatever is in a backup, it is refused, or the catalog opens with it.
func TestRestoreDrawn(t *testing.T) {
	_, sound := small(t)
	rapid.Check(t, func(rt *rapid.T) {
		lines := strings.SplitAfter(sound, "\n")
		for range rapid.IntRange(1, 3).Draw(rt, "edits") {
			i := rapid.IntRange(0, len(lines)-3).Draw(rt, "line")
			j := rapid.IntRange(0, len(lines)-3).Draw(rt, "other line")
			digit := rapid.IntRange(0, 9).Draw(rt, "digit")
			switch rapid.SampledFrom([]string{"digit", "copy", "swap", "drop", "cut"}).Draw(rt, "how") {
			case "digit":
				was := rapid.IntRange(0, 9).Draw(rt, "was")
				lines[i] = strings.Replace(lines[i], fmt.Sprint(was), fmt.Sprint(digit), 1)
			case "copy":
				lines[i] = lines[j]
			case "swap":
				lines[i], lines[j] = lines[j], lines[i]
			case "drop":
				lines[i] = ""
			case "cut":
				lines[i] = lines[i][:len(lines[i])/2]
			}
		}
		store := catalog.NewMemoryStore()
		c, err := catalog.Open(rt.Context(), &catalogtest.FaultStore{Store: noClose{store}}, nil)
		if err != nil {
			rt.Fatal(err)
		}
		before := catalogtest.Dump(c.Snapshot())
		_, err = c.Restore(rt.Context(), "tester", strings.NewReader(reseal(strings.Join(lines, ""))), nil)
		if err != nil {
			if !errors.Is(err, catalog.ErrBackup) || catalogtest.Dump(c.Snapshot()) != before {
				rt.Errorf("Restore: %v", err)
			}
			return
		}
		again, err := catalog.Open(rt.Context(), noClose{store}, nil)
		if err != nil {
			rt.Fatalf("opening what was restored: %v", err)
		}
		if catalogtest.Dump(again.Snapshot()) != catalogtest.Dump(c.Snapshot()) {
			rt.Error("what was restored is another catalog when it is opened")
		}
	})
}

// Whatever the bytes are, Restore does not panic, and says what it refuses.
func FuzzRestore(f *testing.F) {
	_, sound := small(f)
	f.Add([]byte(sound))
	f.Add([]byte(sound[:100]))
	f.Add([]byte("{}\n{}\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		texts := []string{string(b)}
		if strings.Count(texts[0], "\n") > 1 {
			texts = append(texts, reseal(texts[0]))
		}
		for _, text := range texts {
			c := openMemory(t)
			version, err := c.Restore(t.Context(), "tester", strings.NewReader(text), nil)
			if err != nil && (!errors.Is(err, catalog.ErrBackup) || version != 0) {
				t.Errorf("Restore: %d, %v", version, err)
			}
			if c.Snapshot().Version() != 1+min(version, 1) {
				t.Errorf("Restore returns version %d, the snapshot is at %d", version, c.Snapshot().Version())
			}
		}
	})
}

func BenchmarkBackup(b *testing.B) {
	c, _, _, _ := town(b, 10_000)
	s := c.Snapshot()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Backup(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRestore restores what is there: all the reading and comparing.
func BenchmarkRestore(b *testing.B) {
	c, _, _, _ := town(b, 10_000)
	var backup bytes.Buffer
	if err := c.Snapshot().Backup(&backup); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Restore(b.Context(), "tester", bytes.NewReader(backup.Bytes()), nil); err != nil {
			b.Fatal(err)
		}
	}
}

type noClose struct{ catalog.Store }

func (noClose) Close() error { return nil }

func TestBackupErrors(t *testing.T) {
	c, sound := small(t)
	version := c.Snapshot().Version()
	broken := errors.New("broken pipe")
	for n := range 3 {
		w := &failingWriter{room: n * 200, err: broken}
		if err := c.Snapshot().Backup(w); !errors.Is(err, broken) {
			t.Errorf("Backup to a writer that fails: %v", err)
		}
	}
	r := io.MultiReader(strings.NewReader(sound[:len(sound)/2]), iotest.ErrReader(broken))
	if _, err := c.Restore(t.Context(), "tester", r, nil); !errors.Is(err, broken) || errors.Is(err, catalog.ErrBackup) {
		t.Errorf("Restore from a reader that fails: %v", err)
	}
	r = io.MultiReader(strings.NewReader(sound), iotest.ErrReader(broken))
	if _, err := c.Restore(t.Context(), "tester", r, nil); !errors.Is(err, broken) {
		t.Errorf("Restore from a reader that fails at the end: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Restore(ctx, "tester", strings.NewReader(sound), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Restore: %v, want context.Canceled", err)
	}
	if v, err := c.Restore(t.Context(), "tester\xff", iotest.OneByteReader(strings.NewReader(sound)), nil); err != nil || v != version+1 {
		t.Errorf("Restore byte by byte: version %d, %v", v, err)
	}
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Restore(t.Context(), "tester", strings.NewReader(sound), nil); !errors.Is(err, catalog.ErrClosed) {
		t.Errorf("Restore of a closed catalog: %v", err)
	}
	if err := c.Snapshot().Backup(io.Discard); err != nil {
		t.Errorf("Backup of a closed catalog: %v", err)
	}
}

type failingWriter struct {
	room int
	err  error
}

func (w *failingWriter) Write(b []byte) (int, error) {
	if w.room -= len(b); w.room < 0 {
		return 0, w.err
	}
	return len(b), nil
}

// What is dropped by mistake comes back under its id, with its grants.
func ExampleCatalog_Restore() {
	ctx := context.Background()
	c, err := catalog.Open(ctx, nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close(ctx)
	var main catalog.ID
	_, err = c.Update(ctx, "alice", func(tx *catalog.Tx) error {
		main, err = tx.Create(catalog.Draft{
			Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: catalog.MetastoreAdmins,
		})
		if err != nil {
			return err
		}
		return tx.Grant(main, catalog.AccountUsers, catalog.UseCatalog)
	})
	fmt.Println(err)

	var backup bytes.Buffer
	if err := c.Snapshot().Backup(&backup); err != nil {
		fmt.Println(err)
	}
	_, err = c.Update(ctx, "bob", func(tx *catalog.Tx) error { _, err := tx.Drop(main, false); return err })
	fmt.Println(err)
	version, err := c.Restore(ctx, "carol", &backup, nil)
	fmt.Println("version", version, err)

	for e, err := range c.History(ctx, 2) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(e.Version, e.Actor)
		for _, change := range e.Changes {
			fmt.Printf("  %s: %s %s\n", change.Kind, change.Privilege, change.On.Name)
		}
	}
	// Output:
	// <nil>
	// <nil>
	// version 4 <nil>
	// 3 bob
	//   securable_dropped:  main
	//   grant_removed: USE_CATALOG main
	// 4 carol
	//   securable_restored:  main
	//   grant_added: USE_CATALOG main
}

// Whether a restore is allowed is asked about the very state that it replaces,
// and a refusal changes nothing.
func TestRestoreAllowed(t *testing.T) {
	c := openMemory(t)
	update(t, c, func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, "alice"); return err })
	var kept bytes.Buffer
	if err := c.Snapshot().Backup(&kept); err != nil {
		t.Fatal(err)
	}
	update(t, c, func(tx *catalog.Tx) error { return tx.DropPrincipal(5) })
	text, no := kept.String(), errors.New("no")
	asked := 0
	_, err := c.Restore(t.Context(), "tester", strings.NewReader(text), &catalog.RestoreOptions{Allow: func(now, then *catalog.Snapshot) error {
		asked++
		if _, here := now.PrincipalNamed("alice"); here || now != c.Snapshot() {
			t.Error("now is another state")
		}
		if _, there := then.PrincipalNamed("alice"); !there {
			t.Error("then is not the backup")
		}
		return no
	}})
	if err != no || asked != 1 || c.Snapshot().Version() != 3 {
		t.Errorf("%v, asked %d times, version %d", err, asked, c.Snapshot().Version())
	}
	if _, err := c.Restore(t.Context(), "tester", strings.NewReader(text), &catalog.RestoreOptions{Allow: func(_, _ *catalog.Snapshot) error { return nil }}); err != nil {
		t.Error(err)
	}
	if _, here := c.Snapshot().PrincipalNamed("alice"); !here {
		t.Error("alice is not back")
	}
}

// A restored object carries a revision that this catalog is still to reach. What
// is made of it here then differs by its etag all the same.
func TestEtagsAfterRestore(t *testing.T) {
	old := openMemory(t)
	comment := func(c *catalog.Catalog, text string) string {
		update(t, c, func(tx *catalog.Tx) error { return tx.Change(catalog.MetastoreID, catalog.Edit{Comment: &text}) })
		s, _ := c.Snapshot().Securable(catalog.MetastoreID)
		return s.Etag()
	}
	seen := map[string]bool{}
	var kept bytes.Buffer
	for n := range 5 {
		seen[comment(old, fmt.Sprint("comment ", n))] = true
		if n == 1 {
			if err := old.Snapshot().Backup(&kept); err != nil {
				t.Fatal(err)
			}
		}
	}
	young := openMemory(t)
	if _, err := young.Restore(t.Context(), "tester", &kept, nil); err != nil {
		t.Fatal(err)
	}
	for n := range 5 {
		if etag := comment(young, fmt.Sprint("another ", n)); seen[etag] {
			t.Errorf("change %d has an etag that another state had", n)
		}
	}
}
