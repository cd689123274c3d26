package statement

import (
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

func FuzzParse(f *testing.F) {
	for _, r := range slices.Concat(readings, selectReadings) {
		f.Add(r.text)
	}
	for _, r := range slices.Concat(refusals, selectRefusals) {
		if len(r.text) < 4<<10 { // what is made of long texts is mostly long texts
			f.Add(r.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			checkError(t, text, err)
			return
		}
		checkRoundTrip(t, s)
		if s, ok := s.(Select); ok {
			checkAnswered(t, s)
		}
	})
}

// checkAnswered holds for any SELECT: it is refused in the caller's words, or it is
// answered from rows of every kind.
func checkAnswered(t *testing.T, s Select) {
	t.Helper()
	r, err := newReader(s, newScan(inferencelog.Columns(), oracleNow))
	if err != nil {
		if e := modelservice.AsError(err); e.HTTPStatus() != 400 || e.Message == "" {
			t.Fatalf("%s: %v", s, err)
		}
		return
	}
	full := &inferencelog.Record{
		EventTime: oracleNow, StatusCode: 200, Requester: "a", Request: []byte("\xff"), TotalTokens: inferencelog.Known(math.MinInt64),
		SamplingFraction: math.NaN(), RequestTags: map[string]string{"": "a"}, LoggingErrorCodes: []string{"a"}, Attempts: []inferencelog.Attempt{{}},
	}
	rows := func(yield func(*inferencelog.Record, error) bool) {
		_ = yield(full, nil) && yield(&inferencelog.Record{}, nil)
	}
	if err := r.run(t.Context(), rows); err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	if most := 2; len(r.answer.Rows) > most {
		t.Fatalf("%s: %d rows of %d", s, len(r.answer.Rows), most)
	}
}

// checkError holds for the error of any text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	e, ok := err.(*SyntaxError)
	if !ok {
		t.Fatalf("%q: not a *SyntaxError: %T", text, err)
	}
	if e.Offset < 0 || e.Offset > len(text) || e.Line < 1 || e.Column < 1 {
		t.Fatalf("%q: impossible place: %v", text, e)
	}
	if line := strings.NewReplacer("\r\n", "\n", "\r", "\n"); utf8.ValidString(text) {
		n, column := 1, 1
		for _, r := range line.Replace(text[:e.Offset]) {
			column++
			if r == '\n' {
				n, column = n+1, 1
			}
		}
		if e.Line != n || e.Column != column {
			t.Fatalf("%q: line %d, column %d for offset %d, want %d, %d", text, e.Line, e.Column, e.Offset, n, column)
		}
		if near := strings.TrimSuffix(e.Near, "…"); !strings.HasPrefix(text[e.Offset:], near) {
			t.Fatalf("%q: %q is not what stands at %d", text, e.Near, e.Offset)
		}
	}
	switch e.Code + e.SQLState {
	case "PARSE_SYNTAX_ERROR42601", "INVALID_IDENTIFIER42602":
	default:
		t.Fatalf("%q: code %s with SQLSTATE %s", text, e.Code, e.SQLState)
	}
	for _, w := range e.Expected {
		if !strings.Contains(e.Message, w) {
			t.Fatalf("%q: %s is expected, and the message keeps it back: %s", text, w, e.Message)
		}
	}
	if e.Message == "" || strings.HasSuffix(e.Message, ".") || !utf8.ValidString(e.Error()) {
		t.Fatalf("%q: bad message %q", text, e.Error())
	}
}

// FuzzPrint makes statements of every type from the fuzzer's bytes; each must
// read back as it was printed.
func FuzzPrint(f *testing.F) {
	f.Add(make([]byte, 1024))
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		i := rapid.IntRange(0, len(generators)-1).Draw(t, "statement")
		checkRoundTrip(t, generators[i](t))
	}))
}

// FuzzNames puts one name, quoted, in every place where a name can stand, and
// as a text in every place where a text can. It is read back as it is, and
// whatever is in it, the statement says the same otherwise.
func FuzzNames(f *testing.F) {
	for _, name := range awkward {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if name == "" || !utf8.ValidString(name) || len(name) > 1<<16 {
			return
		}
		who, parts := Principal{"GROUP", name}, []string{name, name, name}
		for _, kind := range droppable {
			on := Securable{kind, parts}
			for _, s := range []Statement{
				Grant{[]string{"SELECT"}, on, name}, Revoke{[]string{"SELECT"}, on, name}, ShowGrants{name, on}, ShowPrincipals{"SELECT", on},
				Explain{"SELECT", on, name}, Create{Securable{"SCHEMA", parts}, false, name}, Drop{On: on, IfExists: true}, ChangeOwner{on, name},
				Rename{Securable{"TABLE", parts}, parts}, Comment{on, &name}, Describe{on, true}, Describe{on, false},
			} {
				checkRoundTrip(t, s)
			}
		}
		for _, s := range []Statement{
			Show{What: "TABLES", In: parts, Like: &name}, Show{What: "GROUPS", With: who, Like: &name}, Select{Columns: parts, From: parts},
			Select{Count: true, From: parts, Where: Or{
				Comparison{Field{name, &name}, "<=>", Literal{"STRING", name}}, Not{IsNull{Field{Column: name}, true}}, Contains{name, name},
				And{In{Literal{"TIMESTAMP", name}, true, []Operand{Literal{"STRING", name}, Now{}}}, Like{Of: Field{Column: name}, Pattern: name}},
			}},
			Select{From: parts, OrderBy: []Order{{name, true}, {name, false}}, Offset: 1},
			CreatePrincipal{who, true, []Principal{{"", name}, who, {"USER", name}, {"USER", name}, who}}, DropPrincipal{who, true},
			RenamePrincipal{who, name}, ChangeMembers{name, "DROP", []Principal{{"", name}, {"", name}, who}}, DescribePrincipal{who},
		} {
			checkRoundTrip(t, s)
		}
	})
}
