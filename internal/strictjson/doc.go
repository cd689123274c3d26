// Package strictjson does not know what a document is about. It reads JSON
// whose shape we own, and takes nothing for granted (ruling R14).
//
// encoding/json is made to be lenient: of two members with one name the last
// wins, "NAME" fills a field called name, unknown members vanish, bytes that
// are no text become U+FFFD. In a configuration or a grant each of these is a
// hole or a lost limit. Here each is an [*Error] that names the place with a
// JSON pointer, and nothing has been stored.
//
//   - [Check] looks at the text alone.
//   - [Unmarshal] also holds it against a Go type.
//
// Both are pure, safe for concurrent use, and linear in the length of the
// document in time and memory; they never panic, and never recurse deeper than
// 64 levels. Limiting the length is the caller's part.
package strictjson
