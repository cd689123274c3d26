package catalogtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

func checkEmpty(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, head := load(t, s)
	if len(rows) != 0 || head != (catalog.Head{}) {
		t.Errorf("a new store has %d rows and head %+v", len(rows), head)
	}
	ctx, cancel := context.WithCancel(withPatience(t))
	cancel()
	for c, err := range s.Watch(ctx, 0) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a new store's watch yields %+v, %v", c, err)
		}
	}
}

func checkReplay(t *testing.T, open opener) {
	rapid.Check(t, func(rt *rapid.T) {
		s := open(t, t.TempDir())
		defer s.Close()
		rows := map[catalog.RowKey]string{}
		var all []catalog.Commit
		for version := range uint64(rapid.IntRange(0, 12).Draw(rt, "commits")) {
			c := commit(version + 1)
			touched := map[catalog.RowKey]bool{}
			for range rapid.IntRange(0, 5).Draw(rt, "changes") {
				change := catalog.Change{RowKey: catalog.RowKey{
					Kind: rapid.SampledFrom([]catalog.RowKind{catalog.RowSecurable, catalog.RowGrant}).Draw(rt, "kind"),
					Key:  rapid.SampledFrom([]string{"1", "2", "10", "1/2", "1/2/EXECUTE"}).Draw(rt, "key"),
				}}
				if touched[change.RowKey] {
					continue // a commit has at most one change of a row
				}
				touched[change.RowKey] = true
				if rapid.Bool().Draw(rt, "set") {
					change.Value = json.RawMessage(fmt.Sprintf(`{"n":%d}`, rapid.IntRange(0, 9).Draw(rt, "n")))
					rows[change.RowKey] = jsonText(t, change.Value)
				} else {
					delete(rows, change.RowKey)
				}
				c.Changes = append(c.Changes, change)
			}
			if err := s.Append(rt.Context(), version, c); err != nil {
				rt.Fatalf("Append(%d): %v", version, err)
			}
			all = append(all, c)
			if rapid.IntRange(0, 3).Draw(rt, "look") == 0 {
				expect(t, s, rows, all)
			}
		}
		expect(t, s, rows, all)
	})
}

func checkConflict(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 3)
	for _, prev := range []uint64{0, 1, 2, 4, 5, 1 << 40} {
		c := commit(prev+1, set("1", "stolen"))
		if err := s.Append(withPatience(t), prev, c); !errors.Is(err, catalog.ErrConflict) {
			t.Errorf("append on version %d of a store at 3: %v, want ErrConflict", prev, err)
		}
		expect(t, s, rows, all)
	}
}

func checkNextVersion(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 2)
	for _, version := range []uint64{0, 1, 2, 4, 1 << 40} {
		if err := s.Append(withPatience(t), 2, commit(version, set("1", "stolen"))); err == nil {
			t.Errorf("append of version %d after 2: no error", version)
		}
		expect(t, s, rows, all)
	}
}

func checkOneWinner(t *testing.T, open opener) {
	s := open.fresh(t)
	ctx := withPatience(t)
	const rounds, rivals = 15, 4
	var winners []string
	for version := range uint64(rounds) {
		var wg sync.WaitGroup
		errs := make([]error, rivals)
		for i := range rivals {
			wg.Go(func() {
				errs[i] = s.Append(ctx, version, commit(version+1, set("1", fmt.Sprint(i))))
			})
		}
		wg.Wait()
		won := 0
		for i, err := range errs {
			if err == nil {
				won++
				winners = append(winners, fmt.Sprint(i))
			} else if !errors.Is(err, catalog.ErrConflict) {
				t.Errorf("a loser's error is %v, want ErrConflict", err)
			}
		}
		if won != 1 {
			t.Fatalf("%d of %d appends on version %d succeeded", won, rivals, version)
		}
	}
	for i, c := range history(t, s, 0, rounds) {
		if want := set("1", winners[i]); jsonText(t, c.Changes[0].Value) != jsonText(t, want.Value) {
			t.Errorf("version %d has %s, but rival %s was told that it won", c.Version, c.Changes[0].Value, winners[i])
		}
	}
}

func checkCancelledAppend(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 2)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Append(ctx, 2, commit(3, set("1", "late"))); !errors.Is(err, context.Canceled) {
		t.Errorf("Append: %v, want context.Canceled", err)
	}
	expect(t, s, rows, all)
}

func checkStoppedLoad(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 3)
	enough := errors.New("enough")
	calls := 0
	_, err := s.Load(withPatience(t), func(catalog.RowKey, []byte) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("Load: %v after %d calls, want put's error after one", err, calls)
	}
	expect(t, s, rows, all)
}

func checkOwnership(t *testing.T, open opener) {
	s := open.fresh(t)
	rows, all := fill(t, s, 1)
	given := commit(2, set("1", "mine"), set("2", "mine"))
	kept := commit(2, set("1", "mine"), set("2", "mine"))
	if err := s.Append(withPatience(t), 1, given); err != nil {
		t.Fatal(err)
	}
	spoil := func(c catalog.Commit) {
		for i := range c.Changes {
			for j := range c.Changes[i].Value {
				c.Changes[i].Value[j] = 'x'
			}
			c.Changes[i].Key = "spoiled"
		}
	}
	spoil(given)
	all = append(all, kept)
	for _, change := range kept.Changes {
		rows[change.RowKey] = jsonText(t, change.Value)
	}
	expect(t, s, rows, all)
	for _, c := range history(t, s, 0, 2) {
		spoil(c)
	}
	expect(t, s, rows, all)
}

func checkOddRows(t *testing.T, open opener) {
	s := open.fresh(t)
	c := commit(1)
	rows := map[catalog.RowKey]string{}
	for _, kind := range []catalog.RowKind{catalog.RowSecurable, catalog.RowPrincipal, catalog.RowMember, catalog.RowGrant} {
		for i, key := range []string{
			"0", "1", "01", "18446744073709551615", "1/18446744073709551615", "1/2/USE_CATALOG", "1/2/A/B",
			"1/2/", "/", "1/2/'; drop--", `1/2/"\%*_?`, "1/2/ÄÖ 寿司", "1/2/" + strings.Repeat("LONG", 250),
		} {
			value := []string{
				`{}`, `{"a":{"b":[1,2,{"c":null}]}}`, `{"html":"<b>&amp;</b>","line":"\u2028","tab":"\t"}`,
				`{"id":18446744073709551615,"big":9007199254740993}`, `[]`, `"text"`, `0`, `true`,
				`{"long":"` + strings.Repeat("0123456789", 50_000) + `"}`,
			}[i%9]
			c.Changes = append(c.Changes, catalog.Change{RowKey: catalog.RowKey{Kind: kind, Key: key}, Value: json.RawMessage(value)})
			rows[catalog.RowKey{Kind: kind, Key: key}] = jsonText(t, []byte(value))
		}
	}
	c.Actor = "Ann \"<a@b>\" \u00e9\u2028\t\\"
	if err := s.Append(withPatience(t), 0, c); err != nil {
		t.Fatal(err)
	}
	all := []catalog.Commit{c}
	expect(t, s, rows, all)

	// Take every other one away again, and some that never were.
	c2 := commit(2)
	for i, change := range c.Changes {
		if i%2 == 0 {
			c2.Changes = append(c2.Changes, catalog.Change{RowKey: change.RowKey})
			delete(rows, change.RowKey)
		}
	}
	c2.Changes = append(c2.Changes, catalog.Change{RowKey: catalog.RowKey{Kind: catalog.RowGrant, Key: "7/7/NEVER"}})
	if err := s.Append(withPatience(t), 1, c2); err != nil {
		t.Fatal(err)
	}
	expect(t, s, rows, append(all, c2))
}

func checkReopen(t *testing.T, open opener) {
	dir := t.TempDir()
	var rows map[catalog.RowKey]string
	var all []catalog.Commit
	for round := range uint64(4) {
		s := open(t, dir)
		expect(t, s, rows, all)
		if rows == nil {
			rows = map[catalog.RowKey]string{}
		}
		for i := range round * 3 {
			version := uint64(len(all))
			c := commit(version+1, set(fmt.Sprint(i), fmt.Sprint(version)), remove(fmt.Sprint(i+1)))
			if err := s.Append(withPatience(t), version, c); err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
			rows[c.Changes[0].RowKey] = jsonText(t, c.Changes[0].Value)
			delete(rows, c.Changes[1].RowKey)
		}
		expect(t, s, rows, all)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
