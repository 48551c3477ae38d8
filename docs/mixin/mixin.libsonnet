// The alerts and dashboards of the chart as a mixin. Jobs are those of a release named flyball.
{
  prometheusAlerts:: std.parseYaml(importstr 'alerts.yaml'),
  grafanaDashboards:: {
    'flyball.json': import '../../charts/flyball/files/dashboards/flyball.json',
    'hpa.json': import '../../charts/flyball/files/dashboards/hpa.json',
  },
}
