package statement

import (
	"cmp"
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

func explainReadings(tokens []string) (all []Statement) {
	for _, r := range securableReadings(tokens) {
		switch {
		case len(r.rest) == 0:
			all = append(all, Explain{"P", r.on, ""})
		case len(r.rest) == 2 && r.rest[0] == "FOR" && r.rest[1] != ".":
			all = append(all, Explain{"P", r.on, r.rest[1]})
		}
	}
	return all
}

func commentReadings(tokens []string) (all []Statement) {
	for _, r := range securableReadings(tokens) {
		if kinded := len(tokens)-len(r.rest) > 2*len(r.on.Name)-1; kinded && len(r.rest) == 2 && r.rest[0] == "IS" && r.rest[1] == "NULL" {
			all = append(all, Comment{r.on, nil})
		}
	}
	return all
}

func describeReadings(tokens []string) (all []Statement) {
	for _, r := range securableReadings(tokens) {
		if len(r.rest) == 0 {
			all = append(all, Describe{r.on, false})
		}
	}
	for i, w := range tokens {
		if w != "EXTENDED" {
			continue
		}
		for _, kind := range []string{"", "TABLE", "MODEL", "MODEL SERVICE"} {
			if strings.Join(tokens[:i], " ") != kind {
				continue
			}
			for _, n := range nameReadings(tokens[i+1:]) {
				if i+1+n == len(tokens) {
					all = append(all, Describe{Securable{cmp.Or(kind, "TABLE"), nameOf(tokens[i+1:])}, true})
				}
			}
		}
	}
	return all
}

func listReadings(tokens []string) (all []Statement) {
	if len(tokens) == 0 {
		return []Statement{Show{What: "TABLES"}}
	}
	if tokens[0] != "IN" {
		return nil
	}
	for _, n := range nameReadings(tokens[1:]) {
		if 1+n == len(tokens) {
			all = append(all, Show{What: "TABLES", In: nameOf(tokens[1:])})
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
		least    int // texts accepted: with fewer, this proves nothing
	}{
		{"GRANT", "GRANT P ON ", words("TO", "MODEL", "SERVICE", "x", "."), grantReadings, 100},
		{"SHOW GRANTS", "SHOW GRANTS ", words("ON", "MODEL", "SERVICE", "TABLE", "."), showReadings, 100},
		{"EXPLAIN PRIVILEGE", "EXPLAIN PRIVILEGE P ON ", words("FOR", "MODEL", "SERVICE", "x", "."), explainReadings, 100},
		{"COMMENT ON", "COMMENT ON ", words("IS", "NULL", "MODEL", "SERVICE", "."), commentReadings, 20},
		{"DESCRIBE", "DESCRIBE ", words("EXTENDED", "MODEL", "SERVICE", "x", "."), describeReadings, 100},
		{"SHOW TABLES", "SHOW TABLES ", words("IN", "LIKE", "x", "."), listReadings, 30},
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
			if accepted < c.least {
				t.Fatalf("only %d texts accepted", accepted)
			}
		})
	}
}
