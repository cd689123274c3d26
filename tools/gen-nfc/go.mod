// The path is below catalog, though the folder is not: only so may the test
// import the internal package that is generated here and compare it with x/text.
module github.com/modelward/modelward/catalog/internal/gen-nfc

go 1.26.0

require github.com/modelward/modelward v0.0.0

require golang.org/x/text v0.43.0

replace github.com/modelward/modelward => ../..
