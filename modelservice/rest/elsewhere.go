package rest

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/modelward/modelward/internal/strictjson"
)

// elsewhere is a member that the field's objects have and those here have not,
// such as where a catalog keeps its files. It is taken where it says nothing, as
// clients send it that know it; what it says otherwise could not be done.
type elsewhere struct{}

// UnmarshalJSON implements json.Unmarshaler.
func (*elsewhere) UnmarshalJSON(data []byte) error {
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return err
	}
	switch b.String() {
	case `null`, `false`, `0`, `""`, `{}`, `[]`:
		return nil
	}
	return &strictjson.Error{Reason: "is not supported on this server"}
}

// isolationMode says from where a catalog can be reached. Here that is
// everywhere.
type isolationMode struct{}

const isolationOpen = "OPEN"

// UnmarshalText implements encoding.TextUnmarshaler.
func (*isolationMode) UnmarshalText(text []byte) error {
	if string(text) != isolationOpen {
		return errors.New("must be " + isolationOpen + ": other isolation modes are not supported on this server")
	}
	return nil
}

// optimization says whether tables are tended in the background. Here nothing
// has a say of its own.
type optimization struct{}

const optimizationInherit = "INHERIT"

// UnmarshalText implements encoding.TextUnmarshaler.
func (*optimization) UnmarshalText(text []byte) error {
	if string(text) != optimizationInherit {
		return errors.New("must be " + optimizationInherit + ": predictive optimization is not supported on this server")
	}
	return nil
}
