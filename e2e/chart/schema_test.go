package chart

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsinstall "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	structuralcel "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// crdSchema does to one object what the API server does before it stores it: prune, default, validate. It is the API
// server's own code, in its own order.
type crdSchema struct {
	definition *apiextensions.CustomResourceDefinition
	structural *structuralschema.Structural
	shape      validation.SchemaValidator
	rules      *structuralcel.Validator
}

// loadCRDs reads the chart's definitions, by kind.
func loadCRDs(t *testing.T) map[string]*crdSchema {
	t.Helper()
	files, err := filepath.Glob("../../charts/flyball/crds/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no CRD in the chart (error: %v)", err)
	}
	schemas := map[string]*crdSchema{}
	for _, file := range files {
		s := loadCRD(t, file)
		schemas[s.definition.Spec.Names.Kind] = s
	}
	return schemas
}

func loadCRD(t *testing.T, file string) *crdSchema {
	t.Helper()
	scheme := runtime.NewScheme()
	apiextensionsinstall.Install(scheme)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	external := &apiextensionsv1.CustomResourceDefinition{}
	if err := yaml.UnmarshalStrict(text, external); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	scheme.Default(external)
	definition := &apiextensions.CustomResourceDefinition{}
	if err := scheme.Convert(external, definition, nil); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	// The API server fills this in itself when the definition is created.
	definition.Status.StoredVersions = []string{definition.Spec.Versions[0].Name}

	properties := definition.Spec.Validation
	if properties == nil {
		properties = definition.Spec.Versions[0].Schema
	}
	structural, err := structuralschema.NewStructural(properties.OpenAPIV3Schema)
	if err != nil {
		t.Fatalf("%s: the schema is not structural: %v", file, err)
	}
	shape, _, err := validation.NewSchemaValidator(properties.OpenAPIV3Schema)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return &crdSchema{
		definition: definition,
		structural: structural,
		shape:      shape,
		rules:      structuralcel.NewValidator(structural, true, celconfig.PerCallLimit),
	}
}

// admit gives the object as it would be stored, the fields that were dropped, and what is wrong with it.
func (s *crdSchema) admit(t *testing.T, manifest string) (stored map[string]any, dropped []string, errs field.ErrorList) {
	t.Helper()
	document, err := yaml.YAMLToJSONStrict([]byte(manifest))
	if err != nil {
		t.Fatalf("the manifest is not YAML: %v", err)
	}
	// Unlike the standard library, this keeps whole numbers whole, as the API server does.
	if err := utiljson.Unmarshal(document, &stored); err != nil {
		t.Fatal(err)
	}
	dropped = pruning.PruneWithOptions(stored, s.structural, true, structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	defaulting.Default(stored, s.structural)
	errs = validation.ValidateCustomResource(nil, stored, s.shape)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, s.structural, stored)...)
	// The API server looks at the rules only where the shape is right, so that rules may rely on it.
	if len(errs) == 0 {
		errs, _ = s.rules.Validate(t.Context(), nil, s.structural, stored, nil, celconfig.RuntimeCELCostBudget)
	}
	return stored, dropped, errs
}
