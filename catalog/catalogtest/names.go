package catalogtest

import "pgregory.net/rapid"

// Name returns a generator of valid name parts in any spelling: capitals,
// hyphens, quotes, letters beyond ASCII, composed and decomposed. About half
// come from a small pool, so that names meet.
func Name() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"main", "Main", "MAIN", "default", "sch", "schema", "schema2", "sch-1", "sch_1", "a", "A", "ab",
			"caf\u00e9", "cafe\u0301", "CAFE\u0301", "team-chat", "team_chat", "\u5bff\u53f8", "x\x60y",
		}),
		rapid.StringMatching(`[a-zA-Z0-9_@%*"'\x60\\-]{1,12}`),
		rapid.StringOfN(rapid.SampledFrom([]rune("aZ09é\u0301ÄßΣσжЖ寿글\u1112\u1161\u11ab٣")), 1, 8, -1),
	)
}

// OddName returns a generator of texts that are no name part (spec §2, ruling
// R22).
func OddName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"", " ", ".", "/", "a.b", "a b", "a/b", "\x00", "a\tb", "a\nb", "\x7f", "\u0085", "\u00a0", "\u200b", "\u200d",
			"\u202e", "\u2028", "\u2066", "\ufeff", "\u00ad", "\u3000", "\ufffd", "\xff", "a\xc3", "\U0001f600", "\ue000", "\u0378",
			"\u20ac", "\u2013",
		}),
		rapid.StringOfN(rapid.Just('a'), 256, 300, -1),
	)
}

// PrincipalName returns a generator of valid principal names, from a small
// pool in several spellings.
func PrincipalName() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{
			"alice", "Alice", "ALICE", "bob@example.com", "Bob@Example.com", "data team", "Data Team", "R\u00e9n\u00e9e",
			"re\u0301ne\u0301e", "4f0c9a1e-0001", "o'hara", "a/b.c",
		}),
		rapid.StringMatching(`[a-zA-Z0-9]([a-zA-Z0-9 @.'/_-]{0,10}[a-zA-Z0-9])?`),
	)
}

// OddPrincipalName returns a generator of texts that name no principal.
func OddPrincipalName() *rapid.Generator[string] { return rapid.SampledFrom(oddPrincipalNames) }

var oddPrincipalNames = []string{"", " ", " a", "a ", "a\x00b", "a\nb", "\u202ealice", "ali\u200bce", "\xff", "\u00a0a"}
