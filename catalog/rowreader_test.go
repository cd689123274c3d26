package catalog

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// What the short way reads is what encoding/json reads, and it is the way that
// plain rows go.
func TestPlainRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("ab\"\\ é\n{}:,<>&\x7f")))
		at := func(name string) time.Time {
			return time.Unix(rapid.Int64Range(0, 1e10).Draw(t, name), rapid.Int64Range(0, 1e9-1).Draw(t, name)).UTC()
		}
		stored := storedSecurable{
			Type: SecurableType(text.Draw(t, "type")), Parent: ID(rapid.Uint64().Draw(t, "parent")), Name: text.Draw(t, "name"),
			Owner: PrincipalID(rapid.Uint64().Draw(t, "owner")), Comment: text.Draw(t, "comment"),
			System: rapid.Bool().Draw(t, "system"), CreatedAt: at("created"), CreatedBy: text.Draw(t, "by"),
			UpdatedAt: at("updated"), UpdatedBy: text.Draw(t, "by"), Revision: rapid.Uint64().Draw(t, "revision"),
		}
		switch rapid.IntRange(0, 3).Draw(t, "spec") {
		case 1:
			stored.Spec = json.RawMessage(`null`)
		case 2:
			stored.Spec = json.RawMessage(`[{"a":1}]`)
		case 3:
			words, err := json.Marshal(map[string]any{text.Draw(t, "key"): text.Draw(t, "word"), "in": map[string]any{text.Draw(t, "key"): []string{text.Draw(t, "word")}}})
			if err != nil {
				t.Fatal(err)
			}
			stored.Spec = words
		}
		value, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		comparePlain(t, value)
		// One byte more, less, or another.
		n := rapid.IntRange(0, len(value)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte(`0129,:"{}tfn `)).Draw(t, "byte")
		comparePlain(t, append(append(append([]byte{}, value[:n]...), c), value[n:]...))
		comparePlain(t, append(append([]byte{}, value[:n]...), value[n+1:]...))
		comparePlain(t, append(append(append([]byte{}, value[:n]...), c), value[n+1:]...))
	})
	for _, value := range []string{
		`{"name":"a` + "\xff" + `"}`, `{"name":"é"}`, `{"name":"a\u0000"}`, "{\"name\":\"a\x00\"}", `{"parent":01}`, `{"parent":-1}`, `{"parent":1.0}`,
		`{"parent":1e2}`, `{"parent":18446744073709551615}`, `{"parent":18446744073709551616}`, `{"parent":}`, `{"parent":1,}`, `{"parent":1}}`,
		`{"spec":{}}`, `{"spec":{]}}`, `{"spec":{"a":"}"}}`, `{"spec":{"a":"\\\"}"}}`, `{"spec":{"a":"\\"}}`, `{"spec":{"a":{}}`, `{"spec":{`, `{"spec":{"a`, `{"spec":{"a\\`,
		`{"spec":}}`, `{"spec":1}`, `{"spec":null}`, `{"spec":"a"}`, `{"spec":{},"spec":{"a":1}}`, `{"spec":{"a":1,}}`, `{"spec":{"é":"` + "\xff" + `"}}`,
		`{"parent":1}x`, `{"parent":1 }`, `{"parent":1,"parent":2}`, `{"system":tru}`, `{"system":truefalse}`, `{"created_at":"2026-13-02T03:04:05Z"}`,
		`{"created_at":""}`, `{"created_at":null}`, `{"other":1}`, `{"":1}`, `{}`, `{`, ``, `{"name":"a}`, `{"name"`, `{"name":"a""parent":1}`,
	} {
		comparePlain(t, []byte(value))
	}
	plain := `{"type":"model","parent":7,"name":"gpt-5","owner":9,"comment":"a comment","created_at":"2026-01-02T03:04:05.6Z",` +
		`"spec":{"words":["é\\n",{}]},"created_by":"alice","updated_at":"2026-01-02T03:04:05Z","updated_by":"bob","revision":12}`
	if _, ok := (&rowReader{}).plain([]byte(plain)); !ok {
		t.Error("a plain row goes the long way")
	}
}

func FuzzPlainRow(f *testing.F) {
	f.Add([]byte(`{"type":"model","parent":7,"name":"gpt-5","owner":9,"system":true,"created_at":"2026-01-02T03:04:05.6Z","revision":12}`))
	f.Add([]byte(`{"type":"model","type":"table"}`))
	f.Fuzz(func(t *testing.T, value []byte) { comparePlain(t, value) })
}

func comparePlain(t interface{ Fatalf(string, ...any) }, value []byte) {
	short, ok := (&rowReader{words: map[string]string{}}).plain(value)
	if !ok {
		return
	}
	var long storedSecurable
	if err := json.Unmarshal(value, &long); err != nil {
		t.Fatalf("%s is read, and is no JSON: %v", value, err)
	}
	if !reflect.DeepEqual(short, long) {
		t.Fatalf("%s is read as\n%+v, not\n%+v", value, short, long)
	}
}

func TestKeysHaveOneSpelling(t *testing.T) {
	for _, c := range []struct {
		kind RowKind
		key  string
		ok   bool
	}{
		{RowSecurable, "5", true}, {RowSecurable, "05", false}, {RowSecurable, "5/", false}, {RowSecurable, "5/6", false},
		{RowSecurable, "+5", false}, {RowSecurable, "", false}, {RowSecurable, " 5", false}, {RowPrincipal, "18446744073709551615", true},
		{RowPrincipal, "18446744073709551616", false}, {RowMember, "5/6", true}, {RowMember, "5", false}, {RowMember, "5/6/", false},
		{RowMember, "5/6/7", false}, {RowMember, "5//6", false}, {RowGrant, "5/6/SELECT", true}, {RowGrant, "5/06/SELECT", false},
		{RowGrant, "5/6/", false}, {RowGrant, "5/6", true}, {"other", "5", false}, // "5/6": reading it finds no privilege
	} {
		row, err := RowKey{c.kind, c.key}.bare()
		if (err == nil) != c.ok {
			t.Errorf("%s %q: %v", c.kind, c.key, err)
		}
		if err == nil && c.key != "5/6" && rowKey(row) != (RowKey{c.kind, c.key}) {
			t.Errorf("%s %q is read as %v", c.kind, c.key, rowKey(row))
		}
	}
	if _, err := decode(nil, RowKey{RowGrant, "5/6"}, []byte("{}")); err == nil {
		t.Error("a grant of no privilege is read")
	}
}
