package nfc_test

import (
	"fmt"

	"github.com/modelward/modelward/catalog/internal/nfc"
)

func Example() {
	apart, composed := "cafe\u0301", "caf\u00e9"
	fmt.Println(apart == composed, nfc.String(apart) == composed)
	fmt.Println(nfc.IsNormal(apart), nfc.IsNormal(composed))
	// Output:
	// false true
	// false true
}
