package tiktoken

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/pkoukk/tiktoken-go-loader/assets"
)

// encoding is a vocabulary, loaded when it is first needed, and how texts are
// cut before its tokens are looked for.
type encoding struct {
	source
	once    sync.Once
	words   *vocabulary // nil when it could not be loaded
	classes *classes
}

// source says where an encoding comes from.
type source struct {
	file   string
	sha256 string // as OpenAI's own library demands it
	split  splitter
}

func cl100k() source {
	return source{"cl100k_base.tiktoken", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7", splitCL100K}
}

func o200k() source {
	return source{"o200k_base.tiktoken", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d", splitO200K}
}

// load returns the vocabulary of s.
func (s source) load() (*vocabulary, error) {
	file, err := assets.Assets.ReadFile(s.file)
	if err != nil {
		return nil, fmt.Errorf("tiktoken: %w", err)
	}
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != s.sha256 {
		return nil, fmt.Errorf("tiktoken: %s is not the file that OpenAI publishes", s.file)
	}
	v, err := parseVocabulary(file)
	if err != nil {
		return nil, fmt.Errorf("tiktoken: %s: %w", s.file, err)
	}
	return v, nil
}

// count returns how many tokens a text is.
func (e *encoding) count(text []byte, s *scratch) (n int64) {
	for len(text) > 0 {
		piece := e.split(e.classes, text)
		n += e.words.count(text[:piece], s)
		text = text[piece:]
	}
	return n
}
