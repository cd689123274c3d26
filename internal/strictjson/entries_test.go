package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

type few []any

func (few) MaxEntries() int { return 3 }

// A type says how long its lists may be, wherever they stand, and a list that is
// too long is blamed for that before any of its entries is looked at.
func TestMaxEntries(t *testing.T) {
	type holder struct {
		Few  few    `json:"few"`
		Many []int  `json:"many"`
		Deep []*few `json:"deep"`
	}
	for _, test := range []struct{ document, pointer string }{
		{`{"few":[]}`, ""},
		{`{"few":null}`, ""},
		{`{"few":[1,2,3]}`, ""},
		{`{"few" : [ [1,2,3,4,5] , {"a":[1,2,3,4],"b":1,"c":2} , ",\",[," ],"many":[1,2,3,4,5,6]}`, ""},
		{`{"deep":[[1,2,3],null,[],[1],[2]]}`, ""},
		{`{"few":[1,2,3,4]}`, "/few"},
		{`{"few":["\ud800",[[,}],2,3,4,5]}`, "/few"},
		{`{"few":["\\",{"]":"["},[],"\"]"]}`, "/few"},
		{`{"deep":[[1],[1,2,3,4]]}`, "/deep/1"},
		{`{"few":[1,2,"]]`, "/few/2"},
		{`{"few":[1,`, "/few/1"},
	} {
		var into holder
		err := Unmarshal([]byte(test.document), &into)
		var fault *Error
		switch {
		case test.pointer == "" && err != nil:
			t.Errorf("%s: %v", test.document, err)
		case test.pointer == "":
		case !errors.As(err, &fault) || fault.Pointer != test.pointer:
			t.Errorf("%s: %v, want a fault at %s", test.document, err, test.pointer)
		case strings.Contains(fault.Reason, "at most 3 entries") != (test.pointer == "/few" || test.pointer == "/deep/1"):
			t.Errorf("%s: %v", test.document, err)
		}
		if err != nil && (into.Few != nil || into.Deep != nil) {
			t.Errorf("%s is refused, and %+v is stored", test.document, into)
		}
	}
	if err := Unmarshal([]byte(`[1,2,3,4]`), new(few)); err == nil {
		t.Error("four entries are stored where three may be")
	}
}

// An object has so many members and no more, whoever reads it, and each counts in
// its own object alone.
func TestMaxMembers(t *testing.T) {
	members := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `"%x":0,`, i)
		}
		return strings.TrimSuffix(b.String(), ",")
	}
	for _, test := range []struct{ document, pointer string }{
		{`{` + members(maxMembers) + `}`, ""},
		{`[{` + members(maxMembers) + `},{` + members(maxMembers) + `}]`, ""},
		{`{"a":{` + members(maxMembers) + `,"z":0}}`, "/a/z"},
		{`{` + members(maxMembers) + `,"z":{"` + strings.Repeat("x", 100) + `}`, "/z"},
	} {
		var into any
		for _, err := range []error{Check([]byte(test.document)), Unmarshal([]byte(test.document), &into)} {
			var fault *Error
			switch {
			case test.pointer == "" && err != nil:
				t.Errorf("%.40s…: %v", test.document, err)
			case test.pointer != "" && (!errors.As(err, &fault) || fault.Pointer != test.pointer || !strings.Contains(fault.Reason, "one member more than the 10000")):
				t.Errorf("%.40s…: %v, want a fault at %s", test.document, err, test.pointer)
			}
		}
	}
}

// Where null would store what was not said, it is refused.
func TestNullInMaps(t *testing.T) {
	type holder struct {
		Texts    map[string]string          `json:"texts"`
		Numbers  map[string]int             `json:"numbers"`
		Structs  map[string]struct{}        `json:"structs"`
		Pointers map[string]*string         `json:"pointers"`
		Lists    map[string][]string        `json:"lists"`
		Anys     map[string]any             `json:"anys"`
		Raws     map[string]json.RawMessage `json:"raws"`
		Times    map[string]time.Time       `json:"times"`
		Deep     map[string]map[string]bool `json:"deep"`
	}
	for document, pointer := range map[string]string{
		`{"texts":null,"numbers":null,"deep":null}`:                       "",
		`{"texts":{"a":""},"numbers":{"a":0}}`:                            "",
		`{"pointers":{"a":null},"lists":{"a":null},"anys":{"a":null}}`:    "",
		`{"raws":{"a":null},"times":{"a":null},"deep":{"a":null,"b":{}}}`: "",
		`{"texts":{"a":"x","b":null}}`:                                    "/texts/b",
		`{"numbers":{"a": null}}`:                                         "/numbers/a",
		`{"structs":{"a":null}}`:                                          "/structs/a",
		`{"deep":{"a":{"b":null}}}`:                                       "/deep/a/b",
		`{"texts":{"a":nul}}`:                                             "/texts/a",
	} {
		var into holder
		err := Unmarshal([]byte(document), &into)
		var fault *Error
		if pointer == "" && err != nil || pointer != "" && (!errors.As(err, &fault) || fault.Pointer != pointer) {
			t.Errorf("%s: %v, want a fault at %q", document, err, pointer)
		}
	}
}
