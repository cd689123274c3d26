package strictjson_test

import (
	"errors"
	"fmt"

	"github.com/modelward/modelward/internal/strictjson"
)

func ExampleUnmarshal() {
	var limit struct {
		Tokens *int64 `json:"tokens"`
	}
	for _, doc := range []string{
		`{"tokens": 100}`,
		`{"tokens": "100"}`,
		`{"tokens": 100, "Tokens": 1000000}`,
		`{"tokns": 100}`,
	} {
		err := strictjson.Unmarshal([]byte(doc), &limit)
		var refusal *strictjson.Error
		if errors.As(err, &refusal) {
			fmt.Println(refusal.Pointer, refusal.Reason)
			continue
		}
		fmt.Println(*limit.Tokens)
	}
	// Output:
	// 100
	// /tokens must be a whole number, not a string
	// /Tokens differs only by case from "tokens"
	// /tokns is not known
}
