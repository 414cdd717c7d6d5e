"""The Python runtime in an execution environment: behaves like AWS's, awslambdaric
(https://github.com/aws/aws-lambda-python-runtime-interface-client), on the channel of runtime-channel.ts.
Standard library only, because each cold start loads it.
"""

import importlib
import json
import logging
import numbers
import os
import re
import sys
import time
import traceback
from types import SimpleNamespace

CHANNEL = 3
THIS_MACHINE = re.compile(r'localhost|0\.0\.0\.0|::1?|(::ffff:)?127(\.\d{1,3}){3}', re.IGNORECASE)
MARK = os.environ.get('LOCAL_AWS_ENVIRONMENT', '')
request_id = ''


class Fault(Exception):
    """An error that AWS's runtime names itself, e.g. Runtime.HandlerNotFound."""

    def __init__(self, kind, message, trace=()):
        super().__init__(message)
        self.kind, self.trace = f'Runtime.{kind}', list(trace)


class LambdaContext(SimpleNamespace):
    def get_remaining_time_in_millis(self):
        return max(0, self._deadline_ms - int(time.time() * 1000))


class LogHandler(logging.Handler):
    def emit(self, record):
        record.aws_request_id = request_id
        log_event(self.format(record))


def log_event(text):
    # One log event, however many lines it has: local AWS turns NUL back into a line break.
    sys.__stdout__.write(text.replace('\n', '\0') + '\n')


def guard_network(event, args):
    """An audit hook that keeps the function from reaching the real AWS by mistake."""
    if event in ('socket.connect', 'socket.sendto', 'socket.sendmsg', 'socket.getnameinfo'):
        # Other addresses than (host, port, …) are none of the Internet.
        host = args[-1][0] if isinstance(args[-1], tuple) else None
    elif event in ('socket.getaddrinfo', 'socket.gethostbyname', 'socket.gethostbyaddr'):
        host = args[0].decode('latin-1') if isinstance(args[0], bytes) else args[0]
    else:
        return
    if isinstance(host, str) and host and not THIS_MACHINE.fullmatch(host):
        raise PermissionError(
            f'local AWS refused a connection to "{host}". A function connects only to this machine (127.0.0.1, ::1, '
            'localhost), so that it cannot reach the real AWS by mistake; local AWS answers for AWS hosts through its '
            'proxy. For an AWS host, use boto3, requests or urllib with the proxy of the environment. For any other '
            'host, run a stand-in on 127.0.0.1.')


def announce_processes(event, args):
    """An audit hook that tells local AWS, at the first one, that it must stop and end processes that the function starts."""
    if event in ('subprocess.Popen', 'os.posix_spawn', 'os.fork', 'os.forkpty', 'os.system') and not os.path.exists(MARK):
        try:
            open(MARK, 'w').close()
        except OSError:
            pass  # The disk is full, or local AWS has ended.


def load_handler(name):
    module_name, dot, function_name = name.rpartition('.')
    if not dot:
        raise Fault('MalformedHandlerName', f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    try:
        module = importlib.import_module(module_name.replace('/', '.'))
    except ImportError as error:
        raise Fault('ImportModuleError', f"Unable to import module '{module_name}': {error}")
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        raise Fault('UserCodeSyntaxError', f"Syntax error in module '{module_name}': {error}", trace)
    try:
        return getattr(module, function_name)
    except AttributeError:
        raise Fault('HandlerNotFound', f"Handler '{function_name}' missing on module '{module_name}'")


def context_of(invocation):
    client = json.loads(invocation.get('clientContext', 'null'))
    return LambdaContext(
        aws_request_id=invocation['requestId'],
        invoked_function_arn=invocation['functionArn'],
        function_name=os.environ['AWS_LAMBDA_FUNCTION_NAME'],
        function_version=os.environ['AWS_LAMBDA_FUNCTION_VERSION'],
        memory_limit_in_mb=os.environ['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
        log_group_name=os.environ['AWS_LAMBDA_LOG_GROUP_NAME'],
        log_stream_name=os.environ['AWS_LAMBDA_LOG_STREAM_NAME'],
        client_context=client and SimpleNamespace(**{name: client.get(name) for name in ('client', 'custom', 'env')}),
        identity=SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None),
        _deadline_ms=invocation['deadlineMs'])


def number_of(value):
    # boto3 reads numbers of DynamoDB as Decimal, which AWS's runtime writes as a number.
    if isinstance(value, numbers.Number):
        return int(value) if value == value // 1 else float(value)
    raise TypeError(f'Object of type {type(value).__name__} is not JSON serializable')


def stringify(result):
    try:
        return json.dumps(result, default=number_of)
    except Exception as error:
        raise Fault('MarshalError', f'Unable to marshal response: {error}')


def report(error):
    """Logs an error. Returns the members of its message: the type, and the document as JSON."""
    if isinstance(error, Fault):
        kind, trace = error.kind, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        while frames and frames[0].filename == __file__:
            del frames[0]
        kind, trace = type(error).__name__, frames.format()
    log_event('\n'.join([f'[ERROR] {kind}: {error}', 'Traceback (most recent call last):', *trace]).rstrip())
    document = {'errorMessage': str(error), 'errorType': kind, 'requestId': request_id, 'stackTrace': trace}
    return {'body': json.dumps(document), 'errorType': kind}


def peak_kb():
    try:
        with open('/proc/self/status') as status:
            return int(re.search(r'VmHWM:\s*(\d+)', status.read())[1])
    except OSError:  # macOS, which counts bytes.
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def send(kind, phase, **members):
    for output in (1, 2):
        # Marks the end of the output that belongs to this phase.
        os.write(output, f'\x01END {phase}\n'.encode())
    message = json.dumps({'kind': kind, 'id': phase, 'maxRssKb': peak_kb(), **members}).encode() + b'\n'
    while message:
        message = message[os.write(CHANNEL, message):]


def run(handler, invocation):
    global request_id
    request_id = invocation['requestId']
    os.environ['_X_AMZN_TRACE_ID'] = invocation['traceId']
    try:
        result = stringify(handler(json.loads(invocation['payload']), context_of(invocation)))
    except Exception as error:
        send('error', request_id, **report(error))
    else:
        send('response', request_id, body=result)


def main():
    # The function's folder, instead of this script's.
    sys.path[0] = os.environ['LAMBDA_TASK_ROOT']
    logging.Formatter.converter = time.gmtime
    logs = LogHandler()
    pattern = '[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s'
    logs.setFormatter(logging.Formatter(pattern, '%Y-%m-%dT%H:%M:%S'))
    logging.getLogger().addHandler(logs)
    sys.addaudithook(guard_network)
    sys.addaudithook(announce_processes)
    try:
        handler = load_handler(os.environ['_HANDLER'])
    except Exception as error:
        send('crash', 'init', **report(error))
        sys.exit(1)
    send('ready', 'init')
    for line in open(CHANNEL, 'rb', closefd=False):
        run(handler, json.loads(line))
    # Local AWS has ended. The function's threads must not keep this process.
    os._exit(1)


main()
