package strictjson

import (
	"errors"
	"strings"
	"testing"
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
