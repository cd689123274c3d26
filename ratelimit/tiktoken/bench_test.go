package tiktoken_test

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/modelward/modelward/ratelimit/tiktoken"
)

// hostile are texts that cost the most, a mebibyte of each.
func hostile() map[string][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	drawn := func(letters string) []byte {
		runes := []rune(letters)
		var b []byte
		for len(b) < 1<<20 {
			b = append(b, string(runes[random.IntN(len(runes))])...)
		}
		return b[:1<<20]
	}
	repeat := func(s string) []byte { return bytes.Repeat([]byte(s), 1<<20/len(s)) }
	noise := make([]byte, 1<<20)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	return map[string][]byte{
		"one letter":     repeat("a"),
		"two letters":    repeat("ab"),
		"capitals":       repeat("A"),
		"random letters": drawn("abcdefghijklmnopqrstuvwxyz"),
		"random mixed":   drawn("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"),
		"base 64":        drawn("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"),
		"spaces":         repeat(" "),
		"lines":          repeat("\n"),
		"blank lines":    repeat("   \n\t"),
		"marks":          repeat("\u0301"),
		"signs":          drawn("!#$%&()*+-./:;<=>?@[]^_{|}~"),
		"emoji":          drawn("😀🚀🧠👩‍💻🏳️‍🌈🤖"),
		"chinese":        drawn("的一是不了人我在有他这为之大来以个中上们"),
		"cyrillic":       drawn("абвгдежзийклмнопрстуфхцчшщъыьэюя"),
		"far letters":    drawn("𠀀𠀁𪛖𫝀𐌰𐌱𒀀𓀀"),
		"lower upper":    repeat("あB"),
		"digits":         drawn("0123456789"),
		"apostrophes":    repeat("'s'S"),
		"noise":          noise,
	}
}

const prose = `The quick brown fox jumps over the lazy dog. It wasn't the first time, and (as we shall see)
it won't be the last: {"role": "user", "content": "How many tokens?"}

	func main() { fmt.Println("hello, world", 12345) }

Größe, naïve, 你好，世界, Привет!
`

func BenchmarkCount(b *testing.B) {
	c := tiktoken.New(nil)
	texts := hostile()
	texts["prose"] = bytes.Repeat([]byte(prose), 1<<20/len(prose))
	for _, model := range []string{"gpt-4o", "gpt-4"} {
		for name, text := range texts {
			b.Run(model+"/"+name, func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					c.CountTokens(model, text)
				}
			})
		}
	}
}
