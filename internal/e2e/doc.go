// Package e2e does not know the rooms of modelward from the inside: its tests
// put a server together as a user would, on durable parts, and drive it with a
// client that knows nothing of us.
//
// The client is github.com/sashabaranov/go-openai, the management surface is
// called with plain HTTP as curl would, and the provider is a scripted HTTP
// server. Everything listens on the loopback interface, keeps its files in
// folders of the test, and sleeps nowhere.
//
// This is a module of its own, so that no client is in anybody's build.
package e2e
