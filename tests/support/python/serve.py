"""Serves one AWS emulator on a free loopback port for as long as standard input stays open.

Usage: serve.py ministack|moto

Prints one line, `ready PORT`, once the server answers. Ends when standard input closes, which is what the kernel does
however the test run ends: nothing is left behind by a run that was killed.

moto has no CBOR, the only protocol that the Rust SDK speaks to CloudWatch, so here it is behind `CborAdapter`.
Everything else that the emulators get wrong is corrected by the proxy of the tests, not here.
"""

import io
import json
import os
import socket
import sys
import threading


def main() -> None:
    """Binds the port first, so that two servers never race for it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    threading.Thread(target=end_with_parent, daemon=True).start()
    # The emulators print; the one line that the tests wait for must stay the only one.
    out, sys.stdout = sys.stdout, sys.stderr
    {"ministack": serve_ministack, "moto": serve_moto}[sys.argv[1]](listener, out)


def end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def say_ready(out, listener: socket.socket) -> None:
    print("ready", listener.getsockname()[1], file=out, flush=True)


def serve_ministack(listener: socket.socket, out) -> None:
    port = str(listener.getsockname()[1])
    os.environ.update(GATEWAY_PORT=port, LOG_LEVEL="ERROR", BIND_HOST="127.0.0.1")
    import asyncio

    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack.app import app

    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = 75
    config.loglevel = "ERROR"
    config.errorlog = None

    async def run() -> None:
        # Connections queue in the backlog until hypercorn accepts, so ready may be said before it does.
        print("ready", port, file=out, flush=True)
        await serve(app, config)

    asyncio.run(run())


def serve_moto(listener: socket.socket, out) -> None:
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    class Handler(MotoRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_args) -> None:
            pass

    app = CborAdapter(DomainDispatcherApplication(create_backend_app))
    port = listener.getsockname()[1]
    server = make_server(
        "127.0.0.1", port, app, threaded=True, request_handler=Handler, fd=listener.fileno()
    )
    say_ready(out, listener)
    server.serve_forever()


class CborAdapter:
    """Turns Smithy RPC v2 CBOR requests into the JSON that moto understands, and its answers back.

    JSON does not distinguish a double from an integer or a timestamp from either, and the SDK minds: the answer is
    typed by botocore's model of the operation.
    """

    PREFIX = "/service/GraniteServiceVersion20100801/operation/"

    def __init__(self, app) -> None:
        import botocore.session

        self.app = app
        self.model = botocore.session.get_session().get_service_model("cloudwatch")

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith(self.PREFIX):
            return self.app(environ, start_response)
        operation = path[len(self.PREFIX) :]
        status, body = self.ask_in_json(operation, environ)
        headers = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]
        if status.startswith("2"):
            shape = self.model.operation_model(operation).output_shape
            answer = typed(json.loads(body or b"{}"), shape) if shape else {}
        else:
            answer = error_of(body)
            headers.append(("x-amzn-query-error", answer["__type"] + ";Sender"))
        import cbor2

        # Smithy takes a timestamp in seconds only.
        encoded = cbor2.dumps(answer, datetime_as_timestamp=True)
        headers.append(("Content-Length", str(len(encoded))))
        start_response(status, headers)
        return [encoded]

    def ask_in_json(self, operation: str, environ):
        import cbor2

        length = int(environ.get("CONTENT_LENGTH") or 0)
        sent = environ["wsgi.input"].read(length)
        question = json.dumps(cbor2.loads(sent) if sent else {}, default=str).encode()
        inner = dict(environ)
        inner["PATH_INFO"] = "/"
        inner["RAW_URI"] = inner["REQUEST_URI"] = "/"
        inner["CONTENT_TYPE"] = "application/x-amz-json-1.0"
        inner["CONTENT_LENGTH"] = str(len(question))
        inner["HTTP_X_AMZ_TARGET"] = "GraniteServiceVersion20100801." + operation
        inner["wsgi.input"] = io.BytesIO(question)
        inner.pop("HTTP_SMITHY_PROTOCOL", None)
        inner.pop("HTTP_ACCEPT", None)
        seen = {}

        def start(status, headers, exc_info=None):
            seen["status"] = status

        parts = self.app(inner, start)
        body = b"".join(parts)
        return seen["status"], body


def typed(value, shape):
    """The JSON value as the model types it, without members the model does not know."""
    import datetime

    if value is None:
        return None
    kind = shape.type_name
    if kind == "structure":
        return {
            name: typed(value[name], member)
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if kind == "list":
        return [typed(item, shape.member) for item in value]
    if kind == "map":
        return {key: typed(item, shape.value) for key, item in value.items()}
    if kind in ("double", "float"):
        return float(value)
    if kind in ("integer", "long"):
        return int(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    if kind == "timestamp":
        if isinstance(value, (int, float)):
            return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
        text = str(value).replace("Z", "+00:00")
        parsed = datetime.datetime.fromisoformat(text)
        return parsed if parsed.tzinfo else parsed.replace(tzinfo=datetime.timezone.utc)
    return str(value)


def error_of(body: bytes) -> dict:
    """moto answers some errors in JSON and some in XML."""
    text = body.decode(errors="replace")
    try:
        answer = json.loads(text)
    except ValueError:
        import re

        code = re.search(r"<Code>(.*?)</Code>", text)
        message = re.search(r"<Message>(.*?)</Message>", text, re.DOTALL)
        return {
            "__type": code.group(1) if code else "InternalFailure",
            "message": message.group(1) if message else text[:200],
        }
    code = str(answer.get("__type", "InternalFailure")).rpartition("#")[2]
    return {"__type": code, "message": answer.get("message") or answer.get("Message") or ""}


if __name__ == "__main__":
    main()
