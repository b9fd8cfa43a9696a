"""What gunicorn and uWSGI serve: a small answer, as brood's demo handler gives one."""


def application(_, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "9")])
    return [b"answered\n"]
