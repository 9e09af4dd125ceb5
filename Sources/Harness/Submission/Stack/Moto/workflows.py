"""Corrections of Step Functions and EventBridge."""

from __future__ import annotations

import csv
import json
import re
import sys
from typing import Any

from moto.core.responses import ActionResult
from moto.events.models import EventPattern, Rule
from moto.events.responses import EventsHandler
from moto.stepfunctions.parser import models as interpreter
from moto.stepfunctions.parser.api import HistoryEventType, InvalidDefinition, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.error_name import ErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.item_reader_decl import ItemReader
from moto.stepfunctions.parser.asl.component.state.exec.state_map.item_reader.reader_config.input_type import InputType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service_aws_sdk import (
    StateTaskServiceAwsSdk,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.responses import StepFunctionResponse


def correct() -> None:
    answer_what_terraform_asks_of_state_machines()
    spell_step_functions_own_fields()
    answer_open_paths_with_lists()
    fail_maps_whose_items_fail()
    read_inventories()
    take_every_distributed_map()
    judge_events_by_pattern()
    start_state_machines_by_events()


def answer_what_terraform_asks_of_state_machines() -> None:
    """Terraform has a definition validated before it becomes a state machine, and reads the machine's versions after.

    moto has the parser but neither call. Versions are what somebody publishes, and the stacks publish none.
    """

    def validate_state_machine_definition(self: StepFunctionResponse) -> ActionResult:
        try:
            interpreter.StepFunctionsParserBackend._validate_definition(self._get_param("definition"))
        except InvalidDefinition as error:
            problem = {"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": str(error.message)}
            return ActionResult({"result": "FAIL", "diagnostics": [problem]})
        return ActionResult({"result": "OK", "diagnostics": []})

    def list_state_machine_versions(_: StepFunctionResponse) -> ActionResult:
        return ActionResult({"stateMachineVersions": []})

    StepFunctionResponse.list_state_machine_versions = list_state_machine_versions
    StepFunctionResponse.validate_state_machine_definition = validate_state_machine_definition


def spell_step_functions_own_fields() -> None:
    """An `aws-sdk` integration spells fields with a capital whatever the service does; moto passes them on unchanged.

    Of the services that rollouts and backfills call, only Step Functions itself spells them otherwise.
    """

    def capitalized(value: Any) -> Any:
        if isinstance(value, dict):
            return {key[0].upper() + key[1:]: capitalized(member) for key, member in value.items()}
        return [capitalized(member) for member in value] if isinstance(value, list) else value

    original = StateTaskServiceAwsSdk._eval_service_task

    def eval_service_task(
        self: StateTaskServiceAwsSdk, env: Any, resource_runtime_part: Any, normalised_parameters: Any, **others: Any
    ) -> None:
        is_own = self.resource.api_name == "sfn"
        if is_own:
            normalised_parameters = {key[0].lower() + key[1:]: value for key, value in normalised_parameters.items()}
        original(self, env, resource_runtime_part, normalised_parameters, **others)
        if is_own:
            env.stack.append(capitalized(env.stack.pop()))

    StateTaskServiceAwsSdk._eval_service_task = eval_service_task


def answer_open_paths_with_lists() -> None:
    """Step Functions answers a path that may match many values with a list, of none or one as well (States language).

    moto fails where none matches and answers with the bare value where one does. A path that names one value answers
    with the value; moto makes a list of `$.InstanceRefreshes[0].Status`.
    """
    original = json_path.extract_json
    is_open = re.compile(r"\.\.|\[\*\]|\[\?|\[-?\d*:").search

    def extract_json(path: str, data: Any) -> Any:
        if is_open(path):
            return [match.value for match in json_path.parse(path).find(data)]
        found = json_path.parse(path).find(data)
        return found[0].value if len(found) == 1 else original(path, data)

    for module in list(sys.modules.values()):
        if getattr(module, "extract_json", None) is original:
            module.extract_json = extract_json


def fail_maps_whose_items_fail() -> None:
    """A distributed map fails when more items fail than it tolerates, none by default; moto's always succeeds.

    It stops as soon as they do; this one runs to its end first.
    """
    original = DistributedIterationComponent._map_run

    def map_run(self: DistributedIterationComponent, env: Environment, eval_input: Any) -> None:
        original(self, env, eval_input)
        record = eval_input.map_run_record
        counter = record.item_counter
        share = counter.total.get() * record.tolerated_failure_percentage / 100
        if counter.failed.get() > max(record.tolerated_failure_count, share):
            name = "States.ExceedToleratedFailureThreshold"
            cause = "The specified tolerated failure threshold was exceeded"
            details = EventDetails(taskFailedEventDetails=TaskFailedEventDetails(error=name, cause=cause))
            failure = FailureEvent(env, ErrorName(name), HistoryEventType.TaskFailed, details)
            raise FailureEventException(failure_event=failure)

    DistributedIterationComponent._map_run = map_run


def read_inventories() -> None:
    """A map's items come from an S3 inventory where the reader's type is MANIFEST; moto knows CSV and JSON only.

    AWS unpacks the files. Here they are plain, because the emulator's S3 makes no inventories of its own.
    """
    read = ItemReader._eval_body
    parse = InputType.__init__

    def init(self: InputType, input_type: str) -> None:
        parse(self, "JSON" if input_type == "MANIFEST" else input_type)
        self.is_manifest = input_type == "MANIFEST"

    def eval_body(self: ItemReader, env: Environment) -> None:
        if not (self.reader_config and self.reader_config.input_type.is_manifest):
            return read(self, env)
        self.parargs.eval(env=env)
        manifest_place = dict(env.stack[-1])
        self.resource_eval.eval_resource(env=env)
        manifest = json.loads(env.stack.pop())
        names = [name.strip() for name in manifest["fileSchema"].split(",")]
        items = []
        for file in manifest["files"]:
            env.stack.append({"Bucket": manifest_place["Bucket"], "Key": file["key"]})
            self.resource_eval.eval_resource(env=env)
            items += [dict(zip(names, row, strict=True)) for row in csv.reader(env.stack.pop().splitlines())]
        env.stack.append(items)
        return None

    InputType.__init__ = init
    ItemReader._eval_body = eval_body


def take_every_distributed_map() -> None:
    """Children may be express executions, and a percentage a whole number; moto's grammar refuses both.

    An express child runs as a standard one: the five minutes and the price are not modelled.
    """
    parse = AmazonStateLanguageParser.parse

    def parse_all(definition: str) -> Any:
        text = re.sub(r'("ExecutionType"\s*:\s*)"EXPRESS"', r'\1"STANDARD"', definition)
        return parse(re.sub(r'("ToleratedFailurePercentage"\s*:\s*\d+)(?=\s*[,}])', r"\1.0", text))

    AmazonStateLanguageParser.parse = staticmethod(parse_all)


def judge_events_by_pattern() -> None:
    """EventBridge says whether a pattern takes an event (TestEventPattern); moto has the matcher but not the call."""

    def test_event_pattern(self: EventsHandler) -> tuple[str, dict[str, Any]]:
        pattern = EventPattern.load(self._get_param("EventPattern"))
        return json.dumps({"Result": pattern.matches_event(json.loads(self._get_param("Event")))}), {}

    EventsHandler.test_event_pattern = test_event_pattern


def start_state_machines_by_events() -> None:
    """EventBridge starts the state machine that a rule names as its target; moto answers with 500.

    It also takes a rule that has a schedule and no pattern for one that takes every event.
    """
    original = Rule.send_to_targets

    def send_to_targets(self: Rule, original_event: dict[str, Any], transform_input: bool = True) -> None:
        if not self.event_pattern.get_pattern() or not self.event_pattern.matches_event(original_event):
            return
        every = self.targets
        machines = [target for target in every if ":states:" in target["Arn"]]
        backend = interpreter.stepfunctions_parser_backends[self.account_id][self.region_name]
        for target in machines:
            name = f"{original_event['id']}_{target['Id']}"
            backend.start_execution(target["Arn"], name, target.get("Input") or json.dumps(original_event))
        self.targets = [target for target in every if target not in machines]
        try:
            original(self, original_event, transform_input)
        finally:
            self.targets = every

    Rule.send_to_targets = send_to_targets
