package repository

import (
	"fmt"
	"go/ast"
	"slices"
)

// impure are the libraries that no pure package imports, and why.
var impure = []library{
	{path: "context", because: "it waits for nothing, so there is nothing to cancel"},
	{path: "log", because: "it returns what it has to say; its caller logs"},
	{path: "k8s.io/klog", because: "it returns what it has to say; its caller logs"},
	{path: "os", because: "it is given what it needs to know"},
	{path: "net", because: "it is given what it needs to know"},
	{path: "k8s.io/client-go", because: "it is given what it needs to know"},
	{path: "github.com/prometheus/client_golang", because: "it returns what it has to say; its caller counts"},
	{path: "sync", because: "it starts no goroutine, so it shares nothing"},
	{path: "math/rand", because: "the same input must give the same answer; math/rand/v2 with a source of its own does"},
	{path: "crypto/rand", because: "the same input must give the same answer"},
}

// mayNotImport says whether a net of names covers a path: net covers net/http, but not net/url and net/netip, which only parse.
// Of math/rand/v2, only what draws from its global source is impure.
func mayNotImport(path string) (reason string, forbidden bool) {
	if path == "net/url" || path == "net/netip" || path == "math/rand/v2" {
		return "", false
	}
	for _, library := range impure {
		if within(path, library.path) {
			return library.because, true
		}
	}
	return "", false
}

// clock are the names of package time that read the clock or wait for it.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer", "Sleep"}

// dice are the functions of package math/rand/v2 that draw from its global source, which has no seed.
var dice = []string{
	"ExpFloat64", "Float32", "Float64", "Int", "Int32", "Int32N", "Int64", "Int64N", "IntN", "N", "NormFloat64", "Perm", "Shuffle",
	"Uint", "Uint32", "Uint32N", "Uint64", "Uint64N", "UintN",
}

// impurities lists what makes a package impure in itself.
func impurities(p *goPackage) []string {
	var found []string
	for _, file := range p.files {
		imported := imports(file)
		for path := range imported {
			if reason, forbidden := mayNotImport(path); forbidden {
				found = append(found, fmt.Sprintf("%s is pure and imports %s: %s", p.path, path, reason))
			}
		}
		found = append(found, uses(p, file, use{"time", imported["time"], clock, "time is an argument"})...)
		found = append(found, uses(p, file, use{"rand", imported["math/rand/v2"], dice, "the same seed gives the same bytes"})...)
		for node := range ast.Preorder(file) {
			if statement, ok := node.(*ast.GoStmt); ok {
				found = append(found, fmt.Sprintf("%s: a pure package starts no goroutine", p.fset.Position(statement.Pos())))
			}
		}
	}
	slices.Sort(found)
	return found
}

// use is of functions of a package, which a file imports under a name; the name is empty for a package that it does not import.
type use struct {
	of, name  string
	functions []string
	because   string
}

// uses lists where a file uses one of the functions.
func uses(p *goPackage, file *ast.File, of use) []string {
	if of.name == "." {
		return []string{fmt.Sprintf("%s imports %s into its own scope, so that what it uses of it cannot be told", p.path, of.of)}
	}
	var found []string
	for node := range ast.Preorder(file) {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		// A function that is only passed on does it as well, so it need not be called here.
		if base, ok := selector.X.(*ast.Ident); ok && of.name != "" && base.Name == of.name && slices.Contains(of.functions, selector.Sel.Name) {
			found = append(found, fmt.Sprintf("%s: a pure package does not use %s.%s: %s",
				p.fset.Position(selector.Pos()), of.of, selector.Sel.Name, of.because))
		}
	}
	return found
}
