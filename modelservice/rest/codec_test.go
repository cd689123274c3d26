package rest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"pgregory.net/rapid"
)

// again is a service made as asked, read back in one of the shapes.
func again(n modelservice.NewService) modelservice.Service {
	if t := n.Spec.InferenceTable; t != nil && t.Table == "" {
		// The metastore fills in the table's name, and in reads it is there always.
		prefix := t.Prefix
		if prefix == "" {
			prefix = "made"
		}
		t.Table = prefix + modelservice.TableSuffix
	}
	return modelservice.Service{Name: catalog.FullName{Catalog: "c", Schema: "s", Object: "o"}, Comment: n.Comment, Owner: n.Owner, Spec: n.Spec}
}

// forget removes what a read shows and a request does not say.
func forget(s modelservice.Spec) modelservice.Spec {
	if s.InferenceTable != nil {
		t := *s.InferenceTable
		t.Table = ""
		s.InferenceTable = &t
	}
	return s
}

func handlerOf(t testing.TB) *handler {
	t.Helper()
	c, err := catalog.Open(t.Context(), nil, &catalog.Options{Kinds: modelservice.Kinds()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(t.Context()) })
	ms, err := modelservice.NewMetastore(t.Context(), c, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &handler{ms: ms}
}

// FuzzGA: what is accepted is answered in a form that is accepted as the same.
func FuzzGA(f *testing.F) {
	f.Add(`{"config":{"routing":{"destinations":[{"name":"a","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/A.b.c"},"traffic_percentage":7}],` +
		`"fallback":{"destinations":[]},"first_token_timeout":"0.000000001s","traffic_splitting":{}},` +
		`"rate_limits":[{"key":"RATE_LIMIT_KEY_USER","principal":"p","renewal_period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","tokens":0}],` +
		`"inference_table":{"parent":"schemas/A.b","table_name_prefix":"x","disabled":true}},"comment":"c","owner":"o"}`)
	f.Add(`{"config":{"routing":{"destinations":[{"destination_type":"X","external_model_config":{"target":{}}}]}}}`)
	f.Add(`{"config":{"routing":{"destinations":[{"destination_type":"DESTINATION_TYPE_PROVISIONED_THROUGHPUT_FOUNDATION_MODEL","provisioned_throughput_config":{}}]}}}`)
	f.Add(`{"config":{"routing":null},"etag":[1,2]}`)
	h := handlerOf(f)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readGA(text)
		if err != nil {
			mustBlame(t, err)
			return
		}
		for _, d := range append(first.Spec.Destinations, first.Spec.Fallbacks...) {
			if d.Type != modelservice.PayPerToken {
				return // the metastore refuses it, so it is never answered
			}
		}
		for _, l := range first.Spec.RateLimits {
			if l.Key == 0 || l.Period == 0 {
				return // likewise
			}
		}
		data, err := json.Marshal(h.serviceAnswer(again(first), viewFull))
		if err != nil {
			t.Fatal(err)
		}
		second, err := readGA(string(data))
		if err != nil {
			t.Fatalf("%s\nis answered as %s\nwhich is refused: %v", text, data, err)
		}
		if !reflect.DeepEqual(forget(first.Spec), forget(second.Spec)) || first.Comment != second.Comment {
			t.Fatalf("%s\nis answered as %s\nwhich is another service", text, data)
		}
	})
}

func readGA(text string) (modelservice.NewService, error) {
	var body serviceBody
	if err := decode([]byte(text), &body); err != nil {
		return modelservice.NewService{}, err
	}
	return body.newService()
}

// FuzzSeed: the same for the seed page's shape.
func FuzzSeed(f *testing.F) {
	f.Add(`{"catalog_name":"A","schema_name":"b","name":"C","comment":"c","owner":"o","destinations":[{"name":"x","model":"A.b.c","traffic_percentage":40},` +
		`{"name":"y","model":"a.b.c","traffic_percentage":60},{"name":"z","model":"a.b.c"}],"routes":{"strategy":"traffic_split","destinations":["y","x"]},` +
		`"inference_table":"A.b.x_payload","rate_limits":{"qpm":0,"tpm":9223372036854775807}}`)
	f.Add(`{"catalog_name":"a","schema_name":"b","name":"c","destinations":[{"name":"x","model":"a.b.c"},{"name":"y","model":"a.b.c"}],"routes":{"strategy":"fallback","destinations":["y","x"]}}`)
	f.Add(`{"catalog_name":"a","schema_name":"b","name":"c","destinations":[{"name":"x","model":"a.b.c"},{"name":"y","model":"a.b.c"}],"rate_limits":{}}`)
	h := handlerOf(f)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readSeed(text)
		if err != nil {
			mustBlame(t, err)
			return
		}
		made := again(first)
		made.Name = first.Parent.Child("o")
		data, err := json.Marshal(h.seedAnswer(made))
		if err != nil {
			t.Fatal(err)
		}
		second, err := readSeed(string(data))
		if err != nil {
			t.Fatalf("%s\nis answered as %s\nwhich is refused: %v", text, data, err)
		}
		if !reflect.DeepEqual(first.Spec, second.Spec) || first.Comment != second.Comment || first.Owner != second.Owner || first.Parent != second.Parent {
			t.Fatalf("%s\nis answered as %s\nwhich is another service", text, data)
		}
	})
}

func readSeed(text string) (modelservice.NewService, error) {
	var body seedBody
	if err := decode([]byte(text), &body); err != nil {
		return modelservice.NewService{}, err
	}
	return body.newService()
}

// mustBlame: a refusal is 400 and says what for.
func mustBlame(t *testing.T, err error) {
	t.Helper()
	if e := modelservice.AsError(err); e.Code != modelservice.CodeInvalidParameter || e.Message == "" {
		t.Fatalf("refused with %v", err)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"1s": time.Second, "3.5s": 3500 * time.Millisecond, "3.500s": 3500 * time.Millisecond, "0.000000001s": 1, "007s": 7 * time.Second,
		"9223372035.999999999s": 9223372035*time.Second + 999999999,
	} {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err != nil || time.Duration(d) != want {
			t.Errorf("%s is %v, %v; want %v", text, time.Duration(d), err, want)
		}
	}
	for _, text := range []string{"", "s", "1", "1S", "1m", "1.s", ".5s", "+1s", "-1s", "0s", "0.0s", "1e3s", "1.0000000001s", " 1s", "1s ", "9223372036s", "99999999999999999999s", "1.-5s", "١s"} {
		var d duration
		if err := d.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, time.Duration(d))
		}
	}
	for d, want := range map[time.Duration]string{time.Second: "1s", 3500 * time.Millisecond: "3.500s", 10 * time.Second: "10s", 1: "0.000000001s", 1000: "0.000001s", 1000 * time.Second: "1000s"} {
		if got, err := duration(d).MarshalText(); err != nil || string(got) != want {
			t.Errorf("%v is written %s, %v; want %s", d, got, err, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := duration(rapid.Int64Range(1, 9223372035*1e9).Draw(t, "duration"))
		text, err := want.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var got duration
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Fatalf("%d is written %s and read %d, %v", want, text, got, err)
		}
	})
}

func TestPlainPath(t *testing.T) {
	for p, want := range map[string]bool{"/": true, "/a": true, "/a/": true, "/a/b": true, "/%2e%2e/a": true, "": false, "*": false, "a": false,
		"//": false, "//a": false, "/a//": false, "/a/./b": false, "/a/..": false, "/.": false} {
		if got := plainPath(p); got != want {
			t.Errorf("plainPath(%q) = %v", p, got)
		}
	}
}
