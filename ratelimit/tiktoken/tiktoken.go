package tiktoken

import (
	"sync"

	"github.com/modelward/modelward/ratelimit"
)

// Counter counts tokens as OpenAI's models do. It may be used by any number of
// goroutines. Make one for a program: each has vocabularies of its own.
type Counter struct {
	maxBytes int
	classes  func() *classes
	cl100k   encoding
	o200k    encoding
	scratch  sync.Pool
}

var _ ratelimit.TokenCounter = (*Counter)(nil)

// New returns a counter. It loads nothing yet.
func New(opts *Options) *Counter {
	return &Counter{
		maxBytes: opts.maxBytes(),
		classes:  sync.OnceValue(newClasses),
		cl100k:   encoding{source: cl100k()},
		o200k:    encoding{source: o200k()},
		scratch:  sync.Pool{New: func() any { return new(scratch) }},
	}
}

// CountTokens returns how many tokens model reads text as, and true; or 0 and
// false when it does not know the model, or text is longer than
// [Options].MaxBytes. It allocates nothing once the model's vocabulary is
// loaded, which the first call for a model may take some 50 ms for.
func (c *Counter) CountTokens(model string, text []byte) (n int64, known bool) {
	e := c.encoding(model)
	if e == nil || len(text) > c.maxBytes || !c.load(e) {
		return 0, false
	}
	s := c.scratch.Get().(*scratch)
	defer c.scratch.Put(s)
	return e.count(text, s), true
}

// Load loads what the first call of [Counter.CountTokens] for a model would
// load, and reports whether the model is known. A server calls it before it
// takes requests.
func (c *Counter) Load(model string) (known bool) {
	e := c.encoding(model)
	return e != nil && c.load(e)
}

// load reports whether e can count.
func (c *Counter) load(e *encoding) bool {
	e.once.Do(func() {
		// The file is compiled in, and a test has loaded it: there is no error
		// that a caller could do anything about but estimate.
		e.words, _ = e.source.load()
		e.classes = c.classes()
	})
	return e.words != nil
}
