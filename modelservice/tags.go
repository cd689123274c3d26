package modelservice

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// MaxTags is the greatest length of the text of a call's tags, in bytes.
const MaxTags = 16 << 10

// ParseTags reads the tags of a call from a JSON object of strings, as the
// header of package query has them (spec §7.1), for [Call].Tags and
// [Gateway.Limits]. It is the one reader of that text, and strict, as everywhere
// where the shape is ours (ruling R14): keys that differ only by case, what is no
// Unicode, what is no string and texts longer than [MaxTags] are refused. The
// error is an [*Error], INVALID_PARAMETER_VALUE, that blames field, which is
// where the text came from.
func ParseTags(field, text string) (map[string]string, error) {
	tags, err := parseTags(text)
	if err != nil {
		return nil, &Error{Code: CodeInvalidParameter, Field: field, Err: err, Message: fmt.Sprintf("Invalid request tags in %s: %v.", field, err)}
	}
	return tags, nil
}

func parseTags(text string) (map[string]string, error) {
	if len(text) > MaxTags {
		return nil, fmt.Errorf("the text is longer than %d bytes", MaxTags)
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(strings.NewReader(text))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("the text is not a JSON object")
	}
	tags := map[string]string{}
	folded := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, errors.New("the text is not a JSON object")
		}
		key, _ := token.(string) // inside an object nothing else comes first
		fold := strings.ToLower(key)
		if folded[fold] {
			return nil, fmt.Errorf("key %q is given twice", key)
		}
		folded[fold] = true
		token, err = d.Token()
		if err != nil {
			return nil, errors.New("the text is not a JSON object")
		}
		value, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("the value of %q is not a string", key)
		}
		// What package json could not decode, half a surrogate pair, it replaces.
		if strings.ContainsRune(key+value, utf8.RuneError) {
			return nil, fmt.Errorf("the tag %q is not Unicode", key)
		}
		tags[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("the text is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	return tags, nil
}
