# ADMIN_URL: where the Admin API is, https://localhost:7443 where it is not set; API_KEY: its key.
ADMIN_URL=${ADMIN_URL:-https://localhost:7443}
# These routes answer on the plain HTTP port too, where nobody is asked for a certificate.
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/ssls/mtlscheck-0?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "snis": ["gateway.test"],
  "ssl_protocols": ["TLSv1.2", "TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 2},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/services/mtlscheck-0?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "name": "mtlscheck-0",
  "hosts": ["gateway.test"],
  "upstream": {
    "type": "roundrobin",
    "scheme": "https",
    "pass_host": "rewrite",
    "upstream_host": "upstream.test",
    "tls": {
      "client_cert": "CERTIFICATES:2",
      "client_key": "KEY",
      "ca_certs": ["CERTIFICATES:1"],
      "verify": true
    },
    "nodes": [{"host": "127.0.0.1", "port": 9, "weight": 1}]
  }
}
EOF
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/routes/mtlscheck-0?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "name": "mtlscheck-0",
  "service_id": "mtlscheck-0",
  "plugins": {"proxy-rewrite": {"headers": {"set": {"X-Client-DN": "$ssl_client_s_dn"}}}},
  "paths": ["/*"]
}
EOF
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/ssls/mtlscheck-1?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "snis": ["b.test"],
  "ssl_protocols": ["TLSv1.3"],
  "client": {"ca": "CERTIFICATES:1", "depth": 0},
  "cert": "CERTIFICATES:2",
  "key": "KEY"
}
EOF
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/services/mtlscheck-1?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "name": "mtlscheck-1",
  "hosts": ["b.test"],
  "upstream": {
    "type": "roundrobin",
    "scheme": "http",
    "nodes": [{"host": "127.0.0.1", "port": 9, "weight": 1}]
  }
}
EOF
curl -sS --fail-with-body -k "${ADMIN_URL}/apisix/admin/routes/mtlscheck-1?gateway_group_id=default" -X PUT \
  -H "X-API-KEY: ${API_KEY}" -H "Content-Type: application/json" --data-binary @- <<'EOF'
{
  "name": "mtlscheck-1",
  "service_id": "mtlscheck-1",
  "plugins": {"proxy-rewrite": {"headers": {"remove": ["X-Client-DN"]}}},
  "paths": ["/*"]
}
EOF
