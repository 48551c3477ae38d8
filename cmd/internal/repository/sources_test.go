package repository

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	module = "flyball.dev/flyball"
	root   = "../../../" // of the repository
	docs   = root + "docs/"
)

// goPackage is the syntax of one folder's Go files, whatever their build constraints, without its tests.
type goPackage struct {
	// path below the module, such as autoscaler/engine.
	path  string
	files map[string]*ast.File
	fset  *token.FileSet
}

func newPackage(path string) *goPackage {
	return &goPackage{path: path, files: map[string]*ast.File{}, fset: token.NewFileSet()}
}

// add parses one file. The parser's errors are the compiler's to report, so they only end the test here.
func (p *goPackage) add(t *testing.T, name string, source []byte) {
	t.Helper()
	file, err := parser.ParseFile(p.fset, path.Join(p.path, name), source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	p.files[name] = file
}

// readPackages parses every package below folder, which is one of this repository.
func readPackages(t *testing.T, folder string) map[string]*goPackage {
	t.Helper()
	packages := map[string]*goPackage{}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if file != folder && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		key := filepath.ToSlash(below)
		if packages[key] == nil {
			packages[key] = newPackage(key)
		}
		packages[key].add(t, name, source)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return packages
}

// imports gives the import paths of a file, each with the name it has in the file.
func imports(file *ast.File) map[string]string {
	found := map[string]string{}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser let no such path through
		}
		name := path.Base(majorVersion.ReplaceAllString(imported, ""))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		found[imported] = name
	}
	return found
}

// majorVersion ends the path of a package whose name stands before it, such as math/rand/v2.
var majorVersion = regexp.MustCompile(`/v[0-9]+$`)

// within says whether a path is the folder, or below it.
func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}

func withinAny(path string, folders []string) bool {
	for _, folder := range folders {
		if within(path, folder) {
			return true
		}
	}
	return false
}
