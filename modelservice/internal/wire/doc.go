// Package wire does not know who is asking, where a request goes, what it may
// cost, or HTTP. It knows how requests and answers of model APIs look in bytes.
//
// A gateway reads very little of what it carries and changes even less. So
// nothing here is decoded into structs and written out again: a scanner walks
// over the bytes once, notes the few things that matter, and what has to be
// changed is spliced in between the caller's own bytes. Unknown members,
// repeated members, number texts and white space survive (ruling R33).
//
//   - [ParseRequest] reads a caller's body; [Request.Body] is that body as it
//     goes to a destination, and [Request.Text] its message text.
//   - [Reader] cuts a stream into events; [InspectEvent] says what one means.
//   - [InspectAnswer] says what an unstreamed answer means.
//   - [InspectFailure], [ErrorObject] and [ErrorMessage] read a provider's
//     refusal.
//
// What belongs to one API stands in files named for it (chat…, embeddings…,
// responses…, messages…). All functions are pure and safe for concurrent
// use, take time linear in their input and never panic; JSON is accepted as
// encoding/json accepts it, down to 512 levels.
package wire
