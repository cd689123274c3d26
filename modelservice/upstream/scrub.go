package upstream

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// redacted stands where a credential was.
const redacted = "REDACTED"

// scrubber takes one credential out of texts. A nil one does nothing.
type scrubber struct {
	replace *strings.Replacer
	longest int // bytes of the longest form
}

// newScrubber returns a scrubber for secret, nil for an empty one.
func newScrubber(secret string) *scrubber {
	if secret == "" {
		return nil
	}
	forms := formsOf(secret)
	pairs := make([]string, 0, 2*len(forms))
	for _, form := range forms {
		pairs = append(pairs, form, redacted)
	}
	return &scrubber{strings.NewReplacer(pairs...), len(forms[0])}
}

// formsOf returns the ways in which secret may be written, longest first.
func formsOf(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string always can be
	inner := string(quoted[1 : len(quoted)-1])
	forms := []string{
		secret,
		strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret),
		inner, lowerHex(inner, `\u00`), strings.ReplaceAll(inner, "/", `\/`),
	}
	for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
		forms = append(forms, escaped, lowerHex(escaped, "%"))
	}
	if digits := hex.EncodeToString([]byte(secret)); len(digits) >= 8 {
		forms = append(forms, digits, strings.ToUpper(digits))
	}
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if form := within(encoding, secret, before); len(form) >= 8 {
				forms = append(forms, form)
			}
		}
	}
	slices.SortFunc(forms, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b))
	})
	return slices.Compact(forms)
}

// within returns what base64 always makes of secret when before bytes, modulo
// three, stand in front of it: "Bearer ", say. The characters at the edges
// that also depend on what is around it are left out.
func within(encoding *base64.Encoding, secret string, before int) string {
	text := encoding.EncodeToString([]byte("\x00\x00"[:before] + secret))
	return text[(before*8+5)/6 : (before+len(secret))*8/6]
}

// lowerHex writes the two digits behind each mark in lower case, as some do.
func lowerHex(s, mark string) string {
	parts := strings.Split(s, mark)
	for i, part := range parts[1:] {
		n := min(2, len(part))
		parts[i+1] = strings.ToLower(part[:n]) + part[n:]
	}
	return strings.Join(parts, mark)
}

// text returns s without the credential.
func (s *scrubber) text(text string) string {
	if s == nil {
		return text
	}
	text = s.replace.Replace(text)
	if plain := unescape(text); plain != text {
		if clean := s.replace.Replace(plain); clean != plain {
			text = clean
		}
	}
	if s.behind(text) {
		return redacted
	}
	return text
}

// mostLayers is how often a text is decoded to look for the credential.
const mostLayers = 3

// behind reports whether the credential is in a text that was escaped more than
// once, or in a way of its own: JSON in a string of JSON, percent signs for every
// byte. It cannot be cut out of there without breaking what is around it.
func (s *scrubber) behind(text string) bool {
	for range mostLayers {
		plain := decode(text)
		if plain == text {
			return false
		}
		if text = plain; s.replace.Replace(text) != text {
			return true
		}
	}
	return false
}

// decode undoes one layer of JSON escapes and of percent signs, as far as ASCII
// goes.
func decode(text string) string {
	if !strings.ContainsAny(text, `\%`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		digits, at := "", 0
		switch rest := text[i:]; {
		case rest[0] == '%' && len(rest) >= 3:
			digits, at = rest[1:3], 2
		case rest[0] == '\\' && len(rest) >= 6 && rest[1] == 'u':
			digits, at = rest[2:6], 5
		case rest[0] == '\\' && len(rest) >= 2 && strings.IndexByte(`"\/`, rest[1]) >= 0:
			b.WriteByte(rest[1])
			i++
			continue
		}
		if c, err := strconv.ParseUint(digits, 16, 16); err == nil && c < 0x80 {
			b.WriteByte(byte(c))
			i += at
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// unescape undoes the JSON escapes behind which a credential could hide from
// us and not from a reader: printable ASCII as \u00XX, and slashes. Quotes and
// backslashes stay escaped, so that what was JSON is JSON.
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			b.WriteByte(text[i])
			continue
		}
		i++ // what is escaped
		switch {
		case text[i] == '/':
			b.WriteByte('/')
			continue
		case text[i] == 'u' && i+4 < len(text):
			c, err := strconv.ParseUint(text[i+1:i+5], 16, 16)
			if err == nil && ' ' <= c && c < 0x7f && c != '"' && c != '\\' {
				b.WriteByte(byte(c))
				i += 4
				continue
			}
		}
		b.WriteByte('\\')
		b.WriteByte(text[i])
	}
	return b.String()
}

// body returns a body without the credential. Of one that was cut off, the end
// goes too: it may hold the beginning of the credential.
func (s *scrubber) body(data []byte, whole bool) []byte {
	if s != nil {
		data = []byte(s.text(string(data)))
		if !whole {
			data = data[:max(len(data)-s.longest, 0)]
		}
	}
	return data[:min(len(data), maxErrorBody)]
}

// header takes the credential out of a header in place.
func (s *scrubber) header(h http.Header) {
	for _, values := range h {
		s.values(values)
	}
}

func (s *scrubber) values(values []string) {
	for i, v := range values {
		values[i] = s.text(v)
	}
}

// error returns err or, when its text holds the credential, an error with the
// rest of the text and nothing beneath it.
func (s *scrubber) error(err error) error {
	before := err.Error()
	if after := s.text(before); after != before {
		return errors.New(after)
	}
	return err
}
