package inferencelog

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// everything is a record with every field set, so that a field that the codec forgets is seen.
func everything(t *testing.T) *Record {
	r := &Record{}
	v := reflect.ValueOf(r).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if !f.CanSet() {
			continue
		}
		switch x := f.Addr().Interface().(type) {
		case *string:
			*x = v.Type().Field(i).Name
		case *Outcome:
			*x = OutcomeOK
		case *int:
			*x = i + 1
		case *int64:
			*x = int64(i + 1)
		case *uint64:
			*x = 1<<63 + uint64(i)
		case *bool:
			*x = true
		case *float64:
			*x = 0.25
		case *NullInt:
			*x = Known(int64(-i))
		case *[]byte:
			*x = []byte(v.Type().Field(i).Name)
		case *[]string:
			*x = []string{"A", ""}
		case *map[string]string:
			*x = map[string]string{"": "b", "c\x00": ""}
		case *time.Time:
			*x = time.UnixMicro(1_800_000_000_123_456).UTC()
		case *[]Attempt:
			*x = []Attempt{{"d", "INITIAL_ATTEMPT", 429, "e", 12, "refused"}, {}}
		default:
			t.Fatalf("no value for %s", v.Type().Field(i).Name)
		}
	}
	return r
}

// What goes into the journal comes out again, every field of it.
func TestCodecKeepsEverything(t *testing.T) {
	empty := &Record{ID: "x", EventTime: time.UnixMicro(0).UTC()}
	hollow := empty.Clone()
	hollow.Request, hollow.Response = []byte{}, []byte{}
	hollow.RequestTags, hollow.RequestHeaders = map[string]string{}, map[string]string{}
	hollow.LoggingErrorCodes, hollow.Attempts = []string{}, []Attempt{}
	for _, r := range []*Record{everything(t), empty, hollow} {
		to, got, err := decodeRow(appendRow(nil, Target{Table: 7, Usage: 1 << 63}, r))
		if err != nil || to.Table != 7 || to.Usage != 1<<63 {
			t.Fatal(to, err)
		}
		if !reflect.DeepEqual(got, r) {
			t.Errorf("%+v\nwant\n%+v", got, r)
		}
	}
}

// A field of a later version is passed over.
func TestCodecPassesOver(t *testing.T) {
	r := everything(t)
	data := appendRow(nil, Target{Table: 7}, r)
	data = appendField(data, 255, "from a later version")
	if _, got, err := decodeRow(data); err != nil || !reflect.DeepEqual(got, r) {
		t.Fatal(got, err)
	}
	if _, _, err := decodeRow(append([]byte{codecVersion + 1}, data[1:]...)); err == nil {
		t.Error("a row of another version was read")
	}
}

func FuzzDecodeRow(f *testing.F) {
	f.Add(appendRow(nil, Target{Table: 7, Usage: 8}, &Record{ID: "x", Attempts: []Attempt{{Destination: "d"}}, RequestTags: map[string]string{"a": "b"}}))
	f.Add([]byte{codecVersion, 1, 2, fieldAttempts, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		to, r, err := decodeRow(bytes.Clone(data))
		if err != nil {
			return
		}
		again, same, err := decodeRow(appendRow(nil, to, r))
		again.Durability = to.Durability
		if err != nil || again != to || string(same.AppendJSON(nil, Payload)) != string(r.AppendJSON(nil, Payload)) {
			t.Fatalf("%v %v\n%+v\n%+v", again, err, same, r)
		}
	})
}

// Whatever the journal has, damage in it never panics.
func TestCodecDamage(t *testing.T) {
	whole := appendRow(nil, Target{Table: 7}, everything(t))
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(whole)
		for range rapid.IntRange(1, 5).Draw(t, "bytes") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		_, _, _ = decodeRow(data)
	})
}
