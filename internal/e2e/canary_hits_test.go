package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hits says in which ways canary is written in data: as it is, in base64 of
// either alphabet and wherever in the encoded text it stands, in hexadecimal,
// with percent signs, and with JSON's escapes, also in JSON inside JSON. None is
// what data has to have.
func hits(data []byte, canary string) (ways []string) { return look(data).hits(canary) }

// sight is data as it is and as it reads once what is escaped in it was
// unescaped, three times at most; and each of these in lower case.
type sight struct{ views, small [][]byte }

func look(data []byte) sight {
	s := sight{views: [][]byte{data}}
	for range 3 {
		last := s.views[len(s.views)-1]
		next := unescaped(last)
		if bytes.Equal(next, last) {
			break
		}
		s.views = append(s.views, next)
	}
	for _, view := range s.views {
		s.small = append(s.small, bytes.ToLower(view))
	}
	return s
}

func (s sight) hits(canary string) (ways []string) {
	for _, form := range formsOf(canary) {
		for depth, view := range s.views {
			if form.fold {
				view = s.small[depth]
			}
			if bytes.Contains(view, []byte(form.text)) {
				ways = append(ways, strings.Repeat("unescaped ", depth)+form.name)
			}
		}
	}
	return ways
}

// unescaped undoes the escapes of JSON and of URLs.
func unescaped(data []byte) []byte {
	if !bytes.ContainsAny(data, `\%`) {
		return data
	}
	plain := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		rest := data[i:]
		code, length := uint64(0), 0
		switch {
		case len(rest) >= 6 && rest[0] == '\\' && rest[1] == 'u':
			code, length = number(rest[2:6]), 6
		case len(rest) >= 3 && rest[0] == '%':
			code, length = number(rest[1:3]), 3
		case len(rest) >= 2 && rest[0] == '\\' && strings.IndexByte(`"\/`, rest[1]) >= 0:
			code, length = uint64(rest[1]), 2
		}
		if code == 0 || code > 0x7f {
			plain = append(plain, data[i])
			continue
		}
		plain = append(plain, byte(code))
		i += length - 1
	}
	return plain
}

// number reads hexadecimal digits; what are none are 0.
func number(digits []byte) uint64 {
	n, err := strconv.ParseUint(string(digits), 16, 16)
	if err != nil {
		return 0
	}
	return n
}

// form is a way to write a canary. Of one to fold, upper and lower case are the
// same.
type form struct {
	name, text string
	fold       bool
}

func formsOf(canary string) []form {
	forms := []form{{"raw", canary, false}, {"hex", hex.EncodeToString([]byte(canary)), true}}
	for before := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64 url": base64.RawURLEncoding} {
			// Characters at the edges depend on what stands around the canary.
			text := encoding.EncodeToString([]byte("\x00\x00"[:before] + canary))
			text = text[(before*8+5)/6 : (before+len(canary))*8/6]
			forms = append(forms, form{fmt.Sprint(name, " ", before), text, false})
		}
	}
	return forms
}

// spellings are texts with the canary in them, each in another way. There is no
// other text in which hits has to find it.
func spellings(canary string) map[string]string {
	inJSON, _ := json.Marshal(map[string]string{"x": canary}) // a string always can be
	twice, _ := json.Marshal(string(inJSON))
	all := map[string]string{
		"raw":            "key " + canary + ".",
		"hex":            hex.EncodeToString([]byte("Bearer " + canary)),
		"HEX":            strings.ToUpper(hex.EncodeToString([]byte(canary + "x"))),
		"query":          "https://h/?key=" + url.QueryEscape(canary) + "&b",
		"path":           "https://h/" + url.PathEscape(canary) + "/b",
		"query in small": "?key=" + strings.NewReplacer("%2F", "%2f", "%2B", "%2b", "%3D", "%3d", "%3F", "%3f").Replace(url.QueryEscape(canary)),
		"JSON":           string(inJSON),
		"JSON in JSON":   string(twice),
		"slashes":        strings.ReplaceAll(string(inJSON), "/", `\/`),
		"escapes":        `{"x":"` + escaped(canary, `\u%04x`) + `"}`,
		"ESCAPES":        `{"x":"` + escaped(canary, `\u%04X`) + `"}`,
		"some escapes":   `{"x":"` + escaped(canary[:4], `\u%04x`) + canary[4:] + `"}`,
	}
	for i, before := range []string{"", "x", "u:", "Bearer "} {
		for name, encoding := range map[string]*base64.Encoding{
			"base64": base64.StdEncoding, "base64 raw": base64.RawStdEncoding, "base64 url": base64.URLEncoding, "base64 url raw": base64.RawURLEncoding,
		} {
			all[fmt.Sprint(name, " ", i)] = encoding.EncodeToString([]byte(before + canary))
			all[fmt.Sprint(name, " ", i, " and more")] = encoding.EncodeToString([]byte(before + canary + ":@x"))
		}
	}
	return all
}

// rare are spellings of a canary that nobody uses unless to hide it.
func rare(canary string) map[string]string {
	return map[string]string{
		"percent signs throughout": escaped(canary, "%%%02X"),
		"escapes of escapes":       escaped(canary, `\\u%04x`),
		"escaped percent signs":    escaped(canary, `\u0025%02x`),
	}
}

func escaped(text, format string) string {
	var b strings.Builder
	for i := range len(text) {
		fmt.Fprintf(&b, format, text[i])
	}
	return b.String()
}

// hits finds a canary in every spelling, and in nothing else.
func TestHits(t *testing.T) {
	const canary = "sk-Qx7/c+~?~?anary==_hits"
	for _, all := range []map[string]string{spellings(canary), rare(canary)} {
		for name, text := range all {
			for _, around := range []string{"", "\x00\xff\\", `{"a":"%`} {
				if ways := hits([]byte(around+text+around), canary); len(ways) == 0 {
					t.Errorf("%s: not found in %q", name, text)
				}
			}
			if ways := hits([]byte(text), "sk-Qx7/c+~?~?anarx==_hits"); len(ways) != 0 {
				t.Errorf("%s: another canary found in %q: %v", name, text, ways)
			}
		}
	}
	for _, clean := range []string{"", `\`, "%", `\u`, `\u00`, "%zz", `\u0000%00`, canary[1:], canary[:len(canary)-1], strings.Repeat(`\`, 99)} {
		if ways := hits([]byte(clean), canary); len(ways) != 0 {
			t.Errorf("found in %q: %v", clean, ways)
		}
	}
	if ways := hits([]byte(canary), canary); !slices.Equal(ways, []string{"raw"}) {
		t.Errorf("as it is, it is found %v", ways)
	}
}
