package backtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kjson "sigs.k8s.io/json"

	"flyball.dev/flyball/autoscaler/api/v1alpha1"
	"flyball.dev/flyball/autoscaler/importer"
	"flyball.dev/flyball/cmd/flyball/internal/input"
)

// subject is the autoscaler of a backtest.
type subject struct {
	autoscaler *v1alpha1.HorizontalAutoscaler
	// document is the object as it was read, and kind its kind.
	document json.RawMessage
	kind     string
	// upstream reports that the object is one of another autoscaler, so that the HPA controller ran.
	upstream bool
	// notes are what the import left out.
	notes []string
}

// readSubject reads the first autoscaler of a text: a HorizontalAutoscaler, HorizontalPodAutoscaler or ScaledObject.
func readSubject(text []byte, now time.Time) (*subject, error) {
	var found *subject
	err := input.EachDocument(text, func(document []byte) error {
		if found != nil {
			return errors.New("the file has more than one document: remove those that are not the autoscaler")
		}
		var err error
		found, err = newSubject(document, now)
		return err
	})
	if err == nil && found == nil {
		err = errors.New("the file is empty: it must have a HorizontalAutoscaler, HorizontalPodAutoscaler or ScaledObject")
	}
	return found, err
}

func newSubject(document []byte, now time.Time) (*subject, error) {
	var meta metav1.TypeMeta
	if err := json.Unmarshal(document, &meta); err != nil {
		return nil, errors.New("not a Kubernetes object: apiVersion, kind, metadata and spec are required")
	}
	s := &subject{document: document, kind: meta.Kind}
	if meta.APIVersion == v1alpha1.SchemeGroupVersion.String() && meta.Kind == "HorizontalAutoscaler" {
		s.autoscaler = &v1alpha1.HorizontalAutoscaler{}
		return s, input.UnmarshalStrict(document, s.autoscaler)
	}
	source, found := importer.SourceOf(meta.APIVersion, meta.Kind)
	if !found || source != importer.HPA && source != importer.ScaledObject {
		return nil, fmt.Errorf("apiVersion %q and kind %q: must be a HorizontalAutoscaler of %s, a HorizontalPodAutoscaler or a ScaledObject",
			meta.APIVersion, meta.Kind, v1alpha1.SchemeGroupVersion)
	}
	return s, s.convert(source, now)
}

// convert imports the object of another autoscaler.
func (s *subject) convert(source importer.Source, now time.Time) error {
	var object map[string]any
	if err := kjson.UnmarshalCaseSensitivePreserveInts(s.document, &object); err != nil {
		return err
	}
	result, err := importer.Import(source, []map[string]any{object}, importer.Options{Now: now, TimeZone: "UTC"})
	if err != nil {
		return err
	}
	for i := range result.Report {
		if result.Report[i].Outcome == importer.LeftOut {
			s.notes = append(s.notes, result.Report[i].String())
		}
	}
	if len(result.Autoscalers) == 0 {
		return fmt.Errorf("the %s cannot be imported: %v", s.kind, s.notes)
	}
	imported := &result.Autoscalers[0]
	s.upstream = true
	s.autoscaler = &v1alpha1.HorizontalAutoscaler{
		TypeMeta: imported.TypeMeta, Spec: imported.Spec,
		ObjectMeta: metav1.ObjectMeta{Name: imported.Metadata.Name, Namespace: imported.Metadata.Namespace},
	}
	return nil
}
