package main

import (
	"debug/buildinfo"
	"fmt"
	"io"
	"maps"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx"
	"github.com/spdx/tools-golang/spdx/v2/common"

	"flyball.dev/flyball/tools/release/licenses"
)

// certificatesModule has the CA certificates of the image. It is linked into this program, and not into those of the image.
const certificatesModule = "golang.org/x/crypto/x509roots/fallback"

// writeSBOM writes an SPDX document of the image: the programs of all platforms, and the modules that the linker recorded in them.
// It reads the binaries and not go.mod, which also lists what only tests use.
func (c contents) writeSBOM(file string, digest v1.Hash, builds []build) error {
	document := newDocument(c.tag, digest, c.revision)
	image := imagePackage(c.tag, digest)
	document.Packages = append(document.Packages, image)
	relate(document, document.SPDXIdentifier, common.TypeRelationshipDescribe, image.PackageSPDXIdentifier)

	for _, program := range programs {
		modules, err := readModules(builds, program)
		if err != nil {
			return err
		}
		p := goPackage(program, "v"+c.revision.version, "pkg:golang/flyball.dev/flyball@v"+c.revision.version+"#cmd/"+program)
		p.PackageLicenseDeclared, p.PrimaryPackagePurpose = "Apache-2.0", "APPLICATION"
		addPackage(document, image.PackageSPDXIdentifier, common.TypeRelationshipContains, p)
		for _, path := range slices.Sorted(maps.Keys(modules)) {
			addPackage(document, p.PackageSPDXIdentifier, common.TypeRelationshipDependsOn, c.modulePackage(path, modules[path]))
		}
	}
	certificates, err := certificatesVersion()
	if err != nil {
		return err
	}
	addPackage(document, image.PackageSPDXIdentifier, common.TypeRelationshipContains, c.modulePackage(certificatesModule, certificates))

	return create(file, func(out io.Writer) error { return spdxjson.Write(document, out, spdxjson.Indent("  ")) })
}

func newDocument(tag name.Tag, digest v1.Hash, r revision) *spdx.Document {
	return &spdx.Document{
		SPDXVersion:    spdx.Version,
		DataLicense:    spdx.DataLicense,
		SPDXIdentifier: "DOCUMENT",
		DocumentName:   tag.Name(),
		// The digest makes it unique, and the same for two builds of a commit.
		DocumentNamespace: "https://flyball.dev/spdx/" + digest.Hex,
		CreationInfo: &spdx.CreationInfo{
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "flyball-make-image"}},
			Created:  r.created.Format(time.RFC3339),
		},
	}
}

// readModules returns the versions of all modules of a program, over all platforms, and of the standard library.
func readModules(builds []build, program string) (map[string]string, error) {
	modules := map[string]string{}
	for _, b := range builds {
		info, err := buildinfo.ReadFile(b.binary(program))
		if err != nil {
			return nil, err
		}
		modules["std"] = strings.TrimPrefix(info.GoVersion, "go")
		for _, module := range info.Deps {
			if module.Replace != nil {
				module = module.Replace
			}
			modules[module.Path] = module.Version
		}
	}
	return modules, nil
}

// certificatesVersion is the version of the module of CA certificates, from the build of this program.
func certificatesVersion() (string, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", fmt.Errorf("version of %s: this program has no build information", certificatesModule)
	}
	for _, module := range info.Deps {
		if module.Path == certificatesModule {
			return module.Version, nil
		}
	}
	return "", fmt.Errorf("version of %s: not in the build information of this program", certificatesModule)
}

func imagePackage(tag name.Tag, digest v1.Hash) *spdx.Package {
	p := newPackage("image", tag.Name(), digest.String(),
		fmt.Sprintf("pkg:oci/flyball@%s?repository_url=%s&tag=%s", strings.ReplaceAll(digest.String(), ":", "%3A"), tag.Repository.Name(), tag.TagStr()))
	p.PackageChecksums = []common.Checksum{{Algorithm: common.SHA256, Value: digest.Hex}}
	p.PrimaryPackagePurpose = "CONTAINER"
	return p
}

func (c contents) modulePackage(path, version string) *spdx.Package {
	p := goPackage(path, version, "pkg:golang/"+path+"@"+strings.ReplaceAll(version, "+", "%2B"))
	p.PrimaryPackagePurpose = "LIBRARY"
	if i := slices.IndexFunc(c.modules, func(m licenses.Module) bool { return m.Path == path }); i >= 0 {
		p.PackageLicenseDeclared = c.modules[i].Expression()
	}
	return p
}

func goPackage(name, version, purl string) *spdx.Package {
	return newPackage("go-"+name+"-"+version, name, version, purl)
}

func newPackage(id, name, version, purl string) *spdx.Package {
	return &spdx.Package{
		PackageName:               name,
		PackageSPDXIdentifier:     common.ElementID(notInIdentifiers.ReplaceAllString(id, "-")),
		PackageVersion:            version,
		PackageDownloadLocation:   "NOASSERTION",
		IsFilesAnalyzedTagPresent: true,
		PackageLicenseConcluded:   "NOASSERTION",
		PackageLicenseDeclared:    "NOASSERTION",
		PackageCopyrightText:      "NOASSERTION",
		PackageExternalReferences: []*spdx.PackageExternalReference{{Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: purl}},
	}
}

// notInIdentifiers are the characters that an SPDX identifier may not have.
var notInIdentifiers = regexp.MustCompile(`[^A-Za-z0-9.-]+`)

// addPackage adds a package once, and its relationship.
func addPackage(document *spdx.Document, from common.ElementID, kind string, p *spdx.Package) {
	same := func(other *spdx.Package) bool { return other.PackageSPDXIdentifier == p.PackageSPDXIdentifier }
	if !slices.ContainsFunc(document.Packages, same) {
		document.Packages = append(document.Packages, p)
	}
	relate(document, from, kind, p.PackageSPDXIdentifier)
}

func relate(document *spdx.Document, from common.ElementID, kind string, to common.ElementID) {
	document.Relationships = append(document.Relationships, &spdx.Relationship{
		RefA: common.DocElementID{ElementRefID: from}, RefB: common.DocElementID{ElementRefID: to}, Relationship: kind,
	})
}
