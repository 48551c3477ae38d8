package doctor

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Add adds a decoded object, or the items of a list, as kubectl get -o yaml prints them. It ignores kinds that no check reads.
func (s *Snapshot) Add(object map[string]any) error {
	kind, _ := object["kind"].(string)
	items, isList := object["items"].([]any)
	if isList && strings.HasSuffix(kind, "List") {
		for i, item := range items {
			inner, ok := item.(map[string]any)
			if !ok {
				return fmt.Errorf("items[%d]: Invalid value: must be an object", i)
			}
			if inner["kind"] == nil { // an API server leaves it out of the items
				inner["kind"], inner["apiVersion"] = strings.TrimSuffix(kind, "List"), object["apiVersion"]
			}
			if err := s.Add(inner); err != nil {
				return err
			}
		}
		return nil
	}
	version, _ := object["apiVersion"].(string)
	group, _, hasGroup := strings.Cut(version, "/")
	if !hasGroup {
		group = ""
	}
	return s.add(group, kind, object)
}

func (s *Snapshot) add(group, kind string, object map[string]any) error {
	switch group + "/" + kind {
	case "autoscaling/HorizontalPodAutoscaler":
		return appendTo(&s.HPAs, object)
	case "autoscaling.flyball.dev/HorizontalAutoscaler":
		return appendTo(&s.Autoscalers, object)
	case "keda.sh/ScaledObject":
		s.ScaledObjects = append(s.ScaledObjects, object)
	case "autoscaling.k8s.io/VerticalPodAutoscaler":
		s.VPAs = append(s.VPAs, object)
	case "apiregistration.k8s.io/APIService":
		s.APIServices = append(s.APIServices, object)
	case "apps/Deployment":
		return appendTo(&s.Deployments, object)
	case "apps/StatefulSet":
		return appendTo(&s.StatefulSets, object)
	case "apps/ReplicaSet":
		return appendTo(&s.ReplicaSets, object)
	case "/ReplicationController":
		return appendTo(&s.ReplicationControllers, object)
	case "/Pod":
		return appendTo(&s.Pods, object)
	case "policy/PodDisruptionBudget":
		return appendTo(&s.PDBs, object)
	case "/ResourceQuota":
		return appendTo(&s.Quotas, object)
	case "/Event":
		return appendTo(&s.Events, object)
	case "metrics.k8s.io/PodMetrics":
		return s.addUsage(object)
	}
	return nil
}

func appendTo[T any](list *[]T, object map[string]any) error {
	text, err := json.Marshal(object)
	var decoded T
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		return fmt.Errorf("%v: %w", object["kind"], err)
	}
	*list = append(*list, decoded)
	return nil
}

func (s *Snapshot) addUsage(object map[string]any) error {
	var read struct {
		Metadata   struct{ Namespace, Name string }
		Timestamp  metav1.Time
		Window     metav1.Duration
		Containers []struct {
			Name  string
			Usage map[string]resource.Quantity
		}
	}
	text, err := json.Marshal(object)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	if err != nil {
		return fmt.Errorf("PodMetrics: %w", err)
	}
	use := PodUsage{Time: read.Timestamp.Time, Window: read.Window.Duration, Containers: map[string]map[string]int64{}}
	for _, c := range read.Containers {
		use.Containers[c.Name] = map[string]int64{}
		for name, amount := range c.Usage {
			use.Containers[c.Name][name] = amount.MilliValue()
		}
	}
	if s.Usage == nil {
		s.Usage = map[string]PodUsage{}
	}
	s.Usage[read.Metadata.Namespace+"/"+read.Metadata.Name] = use
	return nil
}
