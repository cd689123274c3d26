package catalog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"time"
	"unicode/utf8"
)

// MaxCommentLength is the longest comment, in bytes (ruling R37).
const MaxCommentLength = 65_535

// Securable is an object that grants can be placed on. What a snapshot hands
// out is a copy.
type Securable struct {
	ID         ID
	Type       SecurableType
	Parent     ID     // 0 for the metastore
	Name       string // canonical, the last part only; see [Snapshot.FullName]
	Owner      PrincipalID
	Comment    string
	Properties map[string]string
	Spec       Spec // what its kind says about it; nil for kinds without content

	// System objects belong to the platform: nobody drops or renames them
	// under a caller's rights (ruling R13). It covers everything inside.
	System bool

	CreatedAt time.Time
	CreatedBy string // the actor's name at the time
	UpdatedAt time.Time
	UpdatedBy string
	Revision  uint64 // version of the commit that changed it last; grants do not
}

// Etag returns a text that differs whenever the object differs, and says nothing
// else. The time is in it because a restored object can carry a revision that
// this catalog is still to reach.
func (s *Securable) Etag() string {
	var b [24]byte
	binary.BigEndian.PutUint64(b[:8], uint64(s.ID))
	binary.BigEndian.PutUint64(b[8:], s.Revision)
	binary.BigEndian.PutUint64(b[16:], uint64(s.UpdatedAt.UnixNano()))
	sum := sha256.Sum256(b[:])
	return base64.StdEncoding.EncodeToString(sum[:16])
}

func (s *Securable) clone() Securable {
	c := *s
	c.Properties = maps.Clone(s.Properties)
	if s.Spec != nil {
		c.Spec = s.Spec.Clone()
	}
	return c
}

// Draft is a securable about to be made. Its comment has at most
// [MaxCommentLength] bytes; its properties are at most 1,000, with keys of 1 to
// 255 bytes and 64 KiB in all. [Securable] says what the fields mean.
type Draft struct {
	Type       SecurableType // Required.
	Parent     ID            // Required.
	Name       string        // Required. Any spelling of a valid name part.
	Owner      PrincipalID   // Required.
	Comment    string
	Properties map[string]string
	Spec       Spec
	System     bool
}

// Edit says what to change of a securable; nil fields stay as they are.
type Edit struct {
	Name       *string
	Parent     *ID // another container of the kind it lives in; what is inside moves along
	Owner      *PrincipalID
	Comment    *string
	Properties *map[string]string
	Spec       Spec
}

// CheckComment says whether something may have a comment: as a [*InvalidError],
// what [Tx.Create] and [Tx.Change] would say.
func CheckComment(comment string) error {
	if len(comment) > MaxCommentLength {
		return invalid("comment", fmt.Sprintf("longer than %d bytes", MaxCommentLength))
	}
	return checkFreeText("comment", comment)
}

// The bounds on properties are ours; the field publishes none. Objects are shown
// by the hundred, each with all of them.
const (
	maxProperties      = 1000
	maxPropertyKey     = 255
	maxPropertiesBytes = 64 << 10
)

// CheckProperties is [CheckComment] for properties.
func CheckProperties(props map[string]string) error {
	if len(props) > maxProperties {
		return invalid("properties", fmt.Sprintf("more than %d", maxProperties))
	}
	total := 0
	for k, v := range props {
		if k == "" || len(k) > maxPropertyKey {
			return invalid("properties", fmt.Sprintf("a key must have 1 to %d bytes", maxPropertyKey))
		}
		if err := checkFreeText("properties", k); err != nil {
			return err
		}
		if err := checkFreeText("properties", v); err != nil {
			return err
		}
		total += len(k) + len(v)
	}
	if total > maxPropertiesBytes {
		return invalid("properties", fmt.Sprintf("more than %d bytes in all", maxPropertiesBytes))
	}
	return nil
}

// checkFreeText refuses what could forge a line or a terminal sequence when
// the text is printed: control characters other than tab and line ends.
func checkFreeText(field, s string) error {
	if !utf8.ValidString(s) {
		return invalid(field, "is not valid UTF-8")
	}
	for _, r := range s {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || 0x7f <= r && r < 0xa0 {
			return invalid(field, fmt.Sprintf("must not contain the character %U", r))
		}
	}
	return nil
}
