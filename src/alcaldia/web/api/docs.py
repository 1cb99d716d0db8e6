"""/api/: the OpenAPI document for people, rendered on the server; no script, no third party."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from alcaldia.web.api.views import api


def documentation(request: HttpRequest) -> HttpResponse:
    schema = api.get_openapi_schema()
    operations = [
        {
            "method": method.upper(),
            "path": path,
            "summary": operation.get("summary", ""),
            "parameters": operation.get("parameters", []),
            "body": "requestBody" in operation,
        }
        for path, item in schema["paths"].items()
        for method, operation in item.items()
    ]
    return render(request, "api/docs.html", {"operations": operations, "info": schema["info"]})
