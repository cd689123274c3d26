package catalog

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/modelward/modelward/catalog/internal/nfc"
)

// MaxNameLength is the longest name part and the longest principal name, in
// characters (spec §2).
const MaxNameLength = 255

// CanonicalName returns the form in which a name part is kept and compared:
// lower case and Unicode normal form C (spec §2, ruling R22). Allowed are
// printable ASCII except space, '.' and '/', and letters, marks and digits
// beyond ASCII; anything else is an [*InvalidError]. CanonicalName of its own
// result is that result.
func CanonicalName(part string) (string, error) {
	if part == "" {
		return "", invalid("name", "must not be empty")
	}
	if err := checkText("name", part, func(r rune) bool { return r == ' ' || r == '.' || r == '/' }); err != nil {
		return "", err
	}
	if plainLower(part) {
		return shortEnough("name", part)
	}
	return shortEnough("name", fold(part))
}

// CheckPrincipalName says whether a principal may have a name: as a
// [*InvalidError], what [Tx.CreatePrincipal] and [Tx.RenamePrincipal] would say.
func CheckPrincipalName(name string) error {
	_, err := foldPrincipal(name)
	return err
}

// foldPrincipal is the form in which principal names are compared; the name
// itself is shown as first written (ruling R21).
func foldPrincipal(name string) (string, error) {
	if name == "" {
		return "", invalid("principal", "must not be empty")
	}
	if strings.TrimSpace(name) != name {
		return "", invalid("principal", "must not begin or end with a space")
	}
	if err := checkText("principal", name, func(rune) bool { return false }); err != nil {
		return "", err
	}
	return shortEnough("principal", fold(name))
}

// shortEnough counts characters in their normal form: a letter and the marks
// that come after it can be one.
func shortEnough(field, canon string) (string, error) {
	if utf8.RuneCountInString(canon) > MaxNameLength {
		return "", invalid(field, fmt.Sprintf("longer than %d characters", MaxNameLength))
	}
	return canon, nil
}

// checkText refuses what no name of ours may hold: invalid UTF-8, control and
// format characters (C0, C1, bidi, zero-width), spaces other than the plain
// one, letters and marks that do not show, symbols beyond ASCII, unassigned code
// points, and what is far too long.
func checkText(field, s string, forbidden func(rune) bool) error {
	// A bound on bytes first, so that a huge name costs nothing to refuse.
	if len(s) > 4*MaxNameLength*utf8.UTFMax { // no normal form is shorter than a fourth
		return invalid(field, fmt.Sprintf("longer than %d characters", MaxNameLength))
	}
	if !utf8.ValidString(s) {
		return invalid(field, "is not valid UTF-8")
	}
	for _, r := range s {
		switch {
		case forbidden(r):
			return invalid(field, fmt.Sprintf("must not contain %q", r))
		case r < utf8.RuneSelf && r >= ' ' && r != 0x7f:
		case unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector):
			return invalid(field, fmt.Sprintf("must not contain the character %U", r))
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)):
		default:
			return invalid(field, fmt.Sprintf("must not contain the character %U", r))
		}
	}
	return nil
}

// plainLower reports whether s is ASCII without capitals, the common case, in
// which the canonical form is s itself.
func plainLower(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// fold normalises, lower-cases, and normalises again, because lower-casing
// can leave a sequence that composes. Lower-casing such a composition can
// change it once more (a capital is never the result, so twice is enough);
// TestFoldIsIdempotent walks all code points.
func fold(s string) string {
	return nfc.String(strings.ToLower(nfc.String(s)))
}

// FullName names a securable below the metastore: a catalog, a schema, or
// something in a schema. The parts are canonical; the unused ones are empty.
type FullName struct {
	Catalog, Schema, Object string
}

// ParseFullName reads one, two or three canonical or canonicalisable parts
// joined by dots, as REST paths and the model field of a query hold them. Any
// error is an [*InvalidError].
func ParseFullName(s string) (FullName, error) {
	if strings.Count(s, ".") > 2 {
		return FullName{}, invalid("name", "has more than three parts")
	}
	first, rest, two := strings.Cut(s, ".")
	if !two {
		return NewFullName(first)
	}
	second, third, three := strings.Cut(rest, ".")
	if !three {
		return NewFullName(first, second)
	}
	return NewFullName(first, second, third)
}

// NewFullName makes a full name of one to three parts, in any spelling. Any
// error is an [*InvalidError].
func NewFullName(parts ...string) (FullName, error) {
	if len(parts) == 0 || len(parts) > 3 {
		return FullName{}, invalid("name", fmt.Sprintf("has %d parts, not one to three", len(parts)))
	}
	var canon [3]string
	for i, part := range parts {
		var err error
		if canon[i], err = CanonicalName(part); err != nil {
			return FullName{}, err
		}
	}
	return FullName{canon[0], canon[1], canon[2]}, nil
}

// Parts returns how many parts the name has: 1 for a catalog, 2 for a schema,
// 3 for what is in a schema, 0 for the metastore.
func (n FullName) Parts() int {
	switch {
	case n.Object != "":
		return 3
	case n.Schema != "":
		return 2
	case n.Catalog != "":
		return 1
	}
	return 0
}

// Leaf returns the last part.
func (n FullName) Leaf() string {
	switch n.Parts() {
	case 3:
		return n.Object
	case 2:
		return n.Schema
	}
	return n.Catalog
}

// Parent returns the name without its last part.
func (n FullName) Parent() FullName {
	switch n.Parts() {
	case 3:
		return FullName{Catalog: n.Catalog, Schema: n.Schema}
	case 2:
		return FullName{Catalog: n.Catalog}
	}
	return FullName{}
}

// Child returns the name with one more part.
func (n FullName) Child(leaf string) FullName {
	switch n.Parts() {
	case 0:
		n.Catalog = leaf
	case 1:
		n.Schema = leaf
	default:
		n.Object = leaf
	}
	return n
}

// String joins the parts with dots. ParseFullName reads it back.
func (n FullName) String() string {
	switch n.Parts() {
	case 3:
		return n.Catalog + "." + n.Schema + "." + n.Object
	case 2:
		return n.Catalog + "." + n.Schema
	}
	return n.Catalog
}
