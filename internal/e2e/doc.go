// Package e2e does not know the rooms of modelward from the inside: its tests
// put a server together as a user would, on durable parts, and drive it with
// clients that know nothing of us.
//
// The clients are github.com/openai/openai-go and
// github.com/anthropics/anthropic-sdk-go, the providers' own SDKs, and
// github.com/sashabaranov/go-openai. The two SDKs reach the gateway in three
// ways: over HTTP; in process, through query.Transport; and over HTTP again, in
// the example server that a configuration file describes. The management
// surface is called with plain HTTP as curl would: with what Databricks' SDK for Go
// and its CLI, which cannot be had as modules, were recorded to send; and by curl
// itself, in a shell, as the seed page says.
//
// In the folder npm are programs that drive the example server with clients for
// JavaScript: Databricks' own SDK for management, and openai, ai with its
// providers, and @anthropic-ai/sdk for inference. They run with the flag -npm,
// which needs the packages of npm/package-lock.json; one of them is the Node.js
// that runs them. make e2e installs them and shows every call of every client
// with its answer, as -v does.
//
// The provider is a scripted HTTP server that answers in the forms of OpenAI's
// chat completions, responses and embeddings, and of Anthropic's messages. It
// watches over what reaches it: a header too many, a credential of a caller's,
// or a service's name in place of a model's fails the test.
//
// Everything listens on the loopback interface, or nowhere, and keeps its files
// in folders of the test. Where an SDK waits before it tries again, time is the
// test's own.
//
// This is a module of its own, so that no client is in anybody's build.
package e2e
