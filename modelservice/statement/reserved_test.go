package statement

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// The oracle: every way to read a sequence of words and dots by the grammar
// alone, found by trying all of them. Parse must accept exactly the sequences
// that have a reading, and answer with one of the readings.

// nameReadings returns how many tokens a name at the start could take.
func nameReadings(tokens []string) (lengths []int) {
	for n := 1; n <= 5 && n <= len(tokens); n += 2 {
		if tokens[n-1] == "." || n > 1 && tokens[n-2] != "." {
			break
		}
		lengths = append(lengths, n)
	}
	return lengths
}

func nameOf(tokens []string) (name []string) {
	for i := 0; i < len(tokens); i += 2 {
		name = append(name, tokens[i])
	}
	return name
}

type reading struct {
	on   Securable
	rest []string
}

func securableReadings(tokens []string) (all []reading) {
	for _, kind := range []string{"", "TABLE", "MODEL", "MODEL SERVICE"} {
		words := strings.Fields(kind)
		if len(tokens) < len(words) || !slices.Equal(tokens[:len(words)], words) {
			continue
		}
		after := tokens[len(words):]
		for _, n := range nameReadings(after) {
			k := kind
			if k == "" {
				k = "TABLE"
			}
			all = append(all, reading{Securable{k, nameOf(after[:n])}, after[n:]})
		}
	}
	return all
}

func grantReadings(tokens []string) (all []Statement) {
	for _, r := range securableReadings(tokens) {
		if len(r.rest) == 2 && r.rest[0] == "TO" && r.rest[1] != "." {
			all = append(all, Grant{words("P"), r.on, r.rest[1]})
		}
	}
	return all
}

func showReadings(tokens []string) (all []Statement) {
	for skip := range 2 {
		if len(tokens) <= skip || tokens[skip] != "ON" || tokens[0] == "." {
			continue
		}
		for _, r := range securableReadings(tokens[skip+1:]) {
			if len(r.rest) == 0 {
				all = append(all, ShowGrants{strings.Join(tokens[:skip], ""), r.on})
			}
		}
	}
	return all
}

func TestNoWordIsReserved(t *testing.T) {
	for _, c := range []struct {
		says     string
		start    string
		alphabet []string
		readings func([]string) []Statement
	}{
		{"GRANT", "GRANT P ON ", words("TO", "MODEL", "SERVICE", "x", "."), grantReadings},
		{"SHOW GRANTS", "SHOW GRANTS ", words("ON", "MODEL", "SERVICE", "TABLE", "."), showReadings},
	} {
		t.Run(c.says, func(t *testing.T) {
			accepted := 0
			var try func(tokens []string, more int)
			try = func(tokens []string, more int) {
				text := c.start + strings.Join(tokens, " ")
				want := c.readings(tokens)
				got, err := Parse(text)
				if (err == nil) != (len(want) > 0) {
					t.Fatalf("%s: error %v, and %d readings: %v", text, err, len(want), want)
				}
				if err == nil {
					accepted++
					if !slices.ContainsFunc(want, func(w Statement) bool { return reflect.DeepEqual(w, got) }) {
						t.Fatalf("%s: read as %#v, none of %#v", text, got, want)
					}
				}
				for _, w := range c.alphabet {
					if more > 0 {
						try(append(tokens[:len(tokens):len(tokens)], w), more-1)
					}
				}
			}
			try(nil, 6)
			if accepted < 100 {
				t.Fatalf("only %d texts accepted: this proves nothing", accepted)
			}
		})
	}
}
