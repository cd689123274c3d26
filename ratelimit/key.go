package ratelimit

import "fmt"

// Key says whom a rule limits (spec §5.1). The zero Key is none of them and is
// refused wherever a key is needed.
type Key uint8

const (
	// KeyService limits the whole service, all callers together.
	KeyService Key = iota + 1
	// KeyUserDefault limits each caller alone, if no other personal rule does.
	KeyUserDefault
	// KeyUser limits one named user.
	KeyUser
	// KeyUserGroup limits the members of a group together.
	KeyUserGroup
	// KeyServicePrincipal limits one named service principal.
	KeyServicePrincipal
	// KeyRequestTag limits the calls that carry a tag, whoever makes them,
	// besides what the other keys limit.
	KeyRequestTag
)

// String returns the wire name of k, RATE_LIMIT_KEY_SERVICE for [KeyService].
func (k Key) String() string {
	switch k {
	case KeyService:
		return "RATE_LIMIT_KEY_SERVICE"
	case KeyUserDefault:
		return "RATE_LIMIT_KEY_USER_DEFAULT"
	case KeyUser:
		return "RATE_LIMIT_KEY_USER"
	case KeyUserGroup:
		return "RATE_LIMIT_KEY_USER_GROUP"
	case KeyServicePrincipal:
		return "RATE_LIMIT_KEY_SERVICE_PRINCIPAL"
	case KeyRequestTag:
		return "RATE_LIMIT_KEY_REQUEST_TAG"
	}
	return fmt.Sprintf("Key(%d)", uint8(k))
}

// MarshalText returns the wire name of k; an unknown key is an error.
func (k Key) MarshalText() ([]byte, error) {
	if !k.valid() {
		return nil, fmt.Errorf("ratelimit: unknown key %d", uint8(k))
	}
	return []byte(k.String()), nil
}

// UnmarshalText sets k from its wire name, spelled exactly.
func (k *Key) UnmarshalText(text []byte) error {
	for known := KeyService; known.valid(); known++ {
		if string(text) == known.String() {
			*k = known
			return nil
		}
	}
	return fmt.Errorf("ratelimit: unknown key %q", text)
}

func (k Key) valid() bool { return KeyService <= k && k <= KeyRequestTag }

// named reports whether a rule with this key must name a principal.
func (k Key) named() bool {
	return k == KeyUser || k == KeyUserGroup || k == KeyServicePrincipal
}
